import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { environmentDimensions, METRICS_NAMESPACE, RUNS_STALLED } from '../../lib/workflow/metrics.ts';
import { createReconciler } from '../reconciler.ts';
import { awsOversight } from './oversight.ts';
import { setting } from './settings.ts';

const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: 'backfill' });
// Powertools adds a dimension `service` by itself.
metrics.clearDefaultDimensions();

export const handler = createReconciler(awsOversight, (stalled) => {
  metrics.setDefaultDimensions(environmentDimensions(setting('BACKFILL_ENVIRONMENT')));
  metrics.addMetric(RUNS_STALLED, MetricUnit.Count, stalled);
  metrics.publishStoredMetrics();
});

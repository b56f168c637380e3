import { Match } from 'aws-cdk-lib/assertions';
import { synthesize } from '../synthesized.ts';

const { runner } = synthesize();

it('keeps what could not be handled for two weeks, encrypted, reached over TLS only', () => {
  runner.hasResource('AWS::SQS::Queue', {
    DeletionPolicy: 'Delete',
    Properties: Match.objectLike({ MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true }),
  });
  runner.hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: Match.objectLike({
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    }),
  });
});

// One file for all of them: aws-cdk-lib is loaded, and the app synthesized, once.
import './alarms/alarms.ts';
import './alarms/dashboard.ts';
import './alarms/dead-letter-queue.ts';
import './alarms/oversight.ts';
import './alarms/page.ts';
import './alarms/topic.ts';

import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Topic, type TopicProps } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

export interface AlarmTopicProps extends Omit<TopicProps, 'masterKey'> {
  /** Addresses that hear of every alarm; each must confirm its subscription once. */
  readonly emails: readonly string[];
}

/**
 * Where every alarm of one environment goes. Encrypted with a key of its own, because CloudWatch may not use the one that SNS brings;
 * only alarms of this account may publish. Messages are not kept, so topic and key go with their stack.
 */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, { emails, ...props }: AlarmTopicProps) {
    const { account } = Stack.of(scope);
    const conditions = { StringEquals: { 'aws:SourceAccount': account } };
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    const key = new Key(scope, `${id}Key`, {
      description: 'Encrypts the messages of the backfills’ alarms.',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsAreEncrypted',
        principals: [cloudWatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions,
      }),
    );
    super(scope, id, { enforceSSL: true, ...props, masterKey: key as IKey });
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsArePublished',
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions,
      }),
    );
    for (const email of emails) this.addSubscription(new EmailSubscription(email));
  }
}

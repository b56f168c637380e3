import { Match } from 'aws-cdk-lib/assertions';
import { synthesize } from '../synthesized.ts';

const { state } = synthesize();
const ofThisAccount = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
const topic = { Ref: Match.stringLikeRegexp('^Alarms[0-9A-F]{8}$') };

it('is encrypted with a key of its own, which turns over every year and goes with the stack', () => {
  state.resourceCountIs('AWS::SNS::Topic', 1);
  state.hasResourceProperties('AWS::SNS::Topic', {
    DisplayName: 'Alarms of the backfills in development',
    KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AlarmsKey[0-9A-F]{8}$'), 'Arn'] },
  });
  state.hasResource('AWS::KMS::Key', {
    DeletionPolicy: 'Delete',
    Properties: Match.objectLike({ EnableKeyRotation: true, PendingWindowInDays: 7 }),
  });
});

it('lets the alarms of this account publish, and encrypt what they publish', () => {
  state.hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: Match.objectLike({
      Statement: Match.arrayWith([
        {
          Sid: 'AlarmsAreEncrypted',
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          Resource: '*',
          Condition: ofThisAccount,
        },
      ]),
    }),
  });
  state.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'AllowPublishThroughSSLOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sns:Publish',
          Resource: topic,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        {
          Sid: 'AlarmsArePublished',
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: topic,
          Condition: ofThisAccount,
        },
      ],
    },
  });
});

it('tells everyone whose address the environment names, and nobody else', () => {
  state.resourceCountIs('AWS::SNS::Subscription', 0);
  const development = { alarmEmails: ['anna@example.org', 'night@example.org'] };
  const told = synthesize({ context: { environments: { development } } }).state;
  told.resourceCountIs('AWS::SNS::Subscription', 2);
  for (const Endpoint of development.alarmEmails)
    told.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint, TopicArn: topic });
});

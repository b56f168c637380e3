import { consoleLink } from '../../../lib/workflow/console.ts';

test.each([
  ['aws', 'eu-central-1', 'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/'],
  ['aws-cn', 'cn-north-1', 'https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#/v2/executions/details/'],
  [
    'aws-us-gov',
    'us-gov-west-1',
    'https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#/v2/executions/details/',
  ],
])('an execution in %s has its page', (partition, region, page) => {
  const arn = `arn:${partition}:states:${region}:111122223333:execution:backfill-receipt-place-staging:abc`;
  expect(consoleLink(arn)).toBe(page + arn);
});

test.each(['local:2c4d', 'test:1', '', 'arn:aws-iso:states:us-iso-east-1:1:execution:m:x', 'arn:aws:lambda:us-east-1:1:function:f'])(
  '%j has none',
  (execution) => {
    expect(consoleLink(execution)).toBeUndefined();
  },
);

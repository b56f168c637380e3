import { Reference, Stack, Tokenization, Validations } from 'aws-cdk-lib';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { IConstruct } from 'constructs';

/** Tells cdk-nag why a role names these resources by a pattern. Each is acknowledged by itself, so that one more is a finding again. */
export function acknowledgePatterns(role: IConstruct, patterns: readonly string[], reason: string): void {
  for (const pattern of patterns) {
    Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${asReported(role, pattern)}]`, reason });
  }
}

/** cdk-nag names a resource as it stands in the template, where what another stack owns is the name of an export. */
function asReported(scope: IConstruct, arn: string): string {
  const stack = Stack.of(scope);
  const parts = Tokenization.reverseString(arn).mapTokens({
    mapToken: (token) => {
      const owner = Reference.isReference(token) ? Stack.of(token.target) : stack;
      return flattenCfnReference(stack.resolve(owner === stack ? token : owner.exportValue(token)));
    },
  });
  return parts.join({ join: (left, right) => `${left ?? ''}${right ?? ''}` });
}

// One file for all of them: aws-cdk-lib is loaded, and the app synthesized, once.
import './stacks/config.ts';
import './stacks/emulator-template.ts';
import './stacks/hygiene.ts';
import './stacks/nag.ts';
import './stacks/runner-stack.ts';
import './stacks/state-stack.ts';

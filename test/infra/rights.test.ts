// One file for all of them: aws-cdk-lib is loaded, and the app synthesized, once.
import './rights/access.ts';
import './rights/deploy-policy.ts';
import './rights/least-privilege.ts';
import './rights/operations.ts';

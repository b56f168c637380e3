#!/usr/bin/env node
// The SDK's notice about its next year's Node versions is not our users' concern.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const { register } = await import('tsx/esm/api');
register();
await import('./backfill.ts');

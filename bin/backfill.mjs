#!/usr/bin/env node
import { load } from './compiled.mjs';

// The SDK's notice about its next year's Node versions is not our users' concern.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
await load('bin/backfill.ts');

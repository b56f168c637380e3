// The SDK's notice about next year's Node versions is not what a test run is for.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

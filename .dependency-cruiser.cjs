/**
 * The import arrows (`npm run structure`):
 *
 *   core <- adapters, backfills <- workflow <- lambdas <- local, deployed <- cli <- bin/backfill
 *                                  workflow <- constructs <- stacks <- bin/app
 *   core <- simulation <- scripts/simulate
 *
 * Types count as imports: a type that crosses an arrow the wrong way binds as firmly as a value.
 */

const OURS = '^(bin|lib|lambdas|scripts|test)/';

/** Modules of `from` import, of our own, only what `allowed` names. */
const arrow = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: OURS, pathNot: allowed },
});

/** Modules of `from` import, of what is not our own, only what `allowed` names: packages and Node's modules alike. */
const packages = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { pathNot: [OURS, ...allowed] },
});

/** As an installed package, and as a name that was not resolved. */
const npm = (name) => `(^|node_modules/)${name}(/|$)`;
const node = (name) => `^(node:)?${name}$`;

/** Modules that are started, not imported: the programs, the handlers, the background processes, the simulation that a script starts. */
const ENTRIES = [
  '^bin/',
  '^lambdas/aws/(coordinator|processor|rehearser|cleanup|brake|reconciler)\\.ts$',
  '^lib/local/(host|places-server)/main\\.ts$',
  '^lib/simulation/(simulate|scenarios/index)\\.ts$',
];

module.exports = {
  forbidden: [
    arrow('core-knows-core-only', '^lib/core/', ['^lib/core/'], 'What core needs of the world is handed to it as ports.'),
    packages(
      'core-is-pure',
      '^lib/core/',
      [npm('zod'), node('crypto'), node('events')],
      'No SDK, no CDK, no files, no network, no timers: hashes, events and schemas are all that core may use.',
    ),
    arrow(
      'adapters-know-core',
      '^lib/adapters/',
      ['^lib/adapters/', '^lib/core/'],
      'An adapter serves a port of core, for any definition.',
    ),
    arrow('backfills-know-core', '^lib/backfills/', ['^lib/backfills/', '^lib/core/'], 'A definition is pure; its outside is a port.'),
    packages('backfills-are-pure', '^lib/backfills/', [npm('zod'), npm('ngeohash')], 'A definition is pure; its outside is a port.'),
    arrow(
      'workflow-arrow',
      '^lib/workflow/',
      ['^lib/workflow/', '^lib/(core|backfills|adapters)/'],
      'The machine as data knows neither its handlers nor its deployment.',
    ),
    packages('workflow-is-data', '^lib/workflow/', [npm('zod')], 'The machine as data needs schemas and nothing else.'),
    arrow(
      'lambdas-arrow',
      '^lambdas/',
      ['^lambdas/', '^lib/(workflow|adapters|backfills|core)/'],
      'Handlers do not know who calls them, nor who deploys them.',
    ),
    arrow(
      'local-arrow',
      '^lib/local/',
      ['^lib/local/', '^lambdas/', '^lib/(workflow|adapters|backfills|core)/'],
      'The embedded environment runs the handlers; it prints nothing and deploys nothing.',
    ),
    arrow(
      'deployed-arrow',
      '^lib/deployed/',
      ['^lib/deployed/', '^lambdas/', '^lib/(workflow|adapters|backfills|core)/'],
      'What drives a deployment does not know the embedded environment; it prints nothing and deploys nothing.',
    ),
    arrow(
      'cli-arrow',
      '^lib/cli/',
      ['^lib/(cli|local|deployed)/', '^lambdas/', '^lib/(workflow|adapters|backfills|core)/'],
      'The CLI deploys nothing.',
    ),
    arrow(
      'constructs-know-workflow',
      '^lib/constructs/',
      ['^lib/(constructs|workflow)/'],
      'Handlers are known to constructs as file paths.',
    ),
    arrow(
      'stacks-know-constructs',
      '^lib/stacks/',
      ['^lib/(stacks|constructs|workflow)/'],
      'Deployment knows no more of core than its shape.',
    ),
    arrow(
      'simulation-knows-core',
      '^lib/simulation/',
      ['^lib/(simulation|core)/'],
      'The engine is simulated as it is, behind its ports; what stands in for AWS there is the model.',
    ),
    packages('simulation-is-pure', '^lib/simulation/', [npm('zod')], 'Virtual time alone: no clock, no files, no network.'),
    {
      name: 'simulation-serves-nobody',
      severity: 'error',
      comment: 'Scripts and tests start simulations; what runs knows nothing of them.',
      from: { path: '^(bin|lib|lambdas)/', pathNot: '^lib/simulation/' },
      to: { path: '^lib/simulation/' },
    },
    arrow('app-knows-stacks', '^bin/app\\.ts$', ['^lib/(stacks|workflow)/'], 'The app hands configuration to stacks; it has no logic.'),
    arrow(
      'bin-knows-cli',
      '^bin/(backfill|compiled|service)\\.',
      ['^lib/cli/main\\.ts$', '^bin/compiled\\.mjs$'],
      'The entry is one call.',
    ),
    {
      name: 'local-serves-cli-only',
      severity: 'error',
      comment: 'What runs on AWS does not know the embedded environment.',
      from: { path: '^(bin|lib|lambdas)/', pathNot: '^lib/(local|cli)/' },
      to: { path: '^lib/local/' },
    },
    {
      name: 'deployed-serves-cli-only',
      severity: 'error',
      comment: 'What runs on AWS does not look for itself there.',
      from: { path: '^(bin|lib|lambdas)/', pathNot: '^lib/(deployed|cli)/' },
      to: { path: '^lib/deployed/' },
    },
    {
      name: 'cli-is-outermost',
      severity: 'error',
      comment: 'Nobody imports the CLI but its entry.',
      from: { path: '^(bin|lib|lambdas)/', pathNot: ['^lib/cli/', '^bin/backfill\\.ts$'] },
      to: { path: '^lib/cli/' },
    },
    {
      name: 'product-knows-no-tests',
      severity: 'error',
      comment: 'Tests and scripts stand on the product, never the other way round.',
      from: { path: '^(bin|lib|lambdas)/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'cdk-stays-in-deployment',
      severity: 'error',
      comment: 'CDK belongs to constructs, stacks and the app; nothing that runs needs it.',
      from: { path: '^(bin|lib|lambdas)/', pathNot: ['^lib/(constructs|stacks)/', '^bin/app\\.ts$'] },
      to: { path: [npm('aws-cdk-lib'), npm('constructs'), npm('cdk-nag')] },
    },
    {
      name: 'sdk-stays-at-the-border',
      severity: 'error',
      comment: 'The AWS SDK belongs to adapters, to the handlers’ wiring, to the embedded tables and to what drives a deployment.',
      from: { path: '^(bin|lib)/', pathNot: '^lib/(adapters|local|deployed)/' },
      to: { path: [npm('@aws-sdk'), npm('@smithy')] },
    },
    {
      name: 'terminal-stays-in-cli',
      severity: 'error',
      comment: 'Only the CLI knows that there is a terminal.',
      from: { path: '^(bin|lib|lambdas)/', pathNot: '^lib/cli/' },
      to: { path: [npm('commander'), npm('log-update')] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Modules that need each other are one module. Types alone may refer to each other.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unreachable',
      severity: 'error',
      comment: 'A module that no entry reaches is dead.',
      from: { path: ENTRIES },
      to: { path: '^(lib|lambdas)/', pathNot: [...ENTRIES, '\\.d\\.ts$'], reachable: false },
    },
    {
      name: 'not-resolvable',
      severity: 'error',
      comment: 'What is imported must be there.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-in-package-json',
      severity: 'error',
      comment: 'What is imported must be among our own dependencies, not only somebody else’s.',
      from: { path: '^(bin|lib|lambdas)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      comment: 'What runs needs its packages in `dependencies`.',
      from: { path: '^(bin|lib|lambdas)/', pathNot: '^lib/(constructs|stacks)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};

/** Every code a person can meet, with what to do about it. `docs/reference/errors.md` explains each; a test holds the two together. */
export const remedies = {
  'definition.invalid': 'Correct the definition; docs/reference/definition.md describes every field.',
  'backfill.unknown': 'Choose one of the names that `npx backfill list` prints.',
  'backfill.removed':
    'Use, or deploy again, a version of the code that has it; or end the run with `npx backfill abort`, which needs no definition.',
  'option.unknown': 'Remove the option, or correct its name.',
  'option.invalid': 'Give it a value of the kind, and in the range, that the message names.',
  'preflight.table-missing': 'Create the table, or seed the embedded one with `npx backfill local seed`.',
  'preflight.table-not-active': 'Wait until the table is ACTIVE, then start the run again.',
  'preflight.key-mismatch': 'Point the definition at a table whose key schema is the one it declares.',
  'preflight.index-missing': 'Create the index on the table, wait until it is ACTIVE, then start the run again.',
  'preflight.index-mismatch': 'Recreate the index with the keys and the projection that the definition requires.',
  'preflight.index-not-active': 'Wait until the index is ACTIVE, then start the run again.',
  'preflight.pitr-off': 'Switch point-in-time recovery on, then start the run again.',
  'preflight.pitr-unknown': 'Look whether point-in-time recovery is on, and let the role that asks find out.',
  'preflight.stream-enabled': 'See who reads the stream, and that they bear that many changes.',
  'preflight.ttl-enabled': 'Switch expiry off until the run is over, if what expires meanwhile matters.',
  'preflight.replicas': 'Reckon with the price, and see that the replicas bear it.',
  'preflight.capacity': 'Raise the write capacity for as long as the run goes, or run while few people use the table.',
  'preflight.other-run': 'Wait for the end of that run, or pause it.',
  'preflight.throttled': 'Wait until the alarm is over, or see who else writes there; the run goes slower as long as it stands.',
  'preflight.permission-missing':
    'Give the role that permission on that table (deploy the runner stack again), then `npx backfill resume` the run.',
  'backup.failed':
    'Mend what the message names, then `npx backfill resume` the run; or start a new one without a backup (--no-backup). Nothing was written.',
  'backup.unreadable': 'Give the file of a backup that is whole, or a run that has one: `npx backfill report RUN` says where it is.',
  'restore.table-exists': 'Choose another name with --table; a restore never writes into a table that is there.',
  'capacity.refused': 'Mend what the message names, then `npx backfill resume` the run; or start a new one without --raise-write-units.',
  'confirm.required': 'Confirm with the word YES, in the input or with --confirm.',
  'rehearsal.required': 'Rehearse it first, with the input {"dryRun":true}.',
  'lock.held': 'Wait for that run to end, or carry it on with `npx backfill resume`.',
  'run.unknown': 'Choose one of the runs that `npx backfill runs` prints.',
  'run.not-resumable': 'Start a new run with `npx backfill run`.',
  'run.refused': 'Read the message: it says what is possible instead.',
  'run.superseded': 'Nothing: another execution carries this run on.',
  'lease.lost': 'Nothing: another worker has taken the segment over.',
  'segment.stuck': 'Mend what the message names, then `npx backfill resume` the run.',
  'ledger.unreachable': 'Check that the database is up and reachable, then `npx backfill resume` the run; nothing is lost.',
  'table.unreachable': 'Check that the database is up and reachable, then `npx backfill resume` the run; nothing is lost.',
  'table.access-denied': 'Give the role or the credentials the permission that the message names.',
  'artifacts.unwritable': 'Make the folder or bucket writable and check free space, then `npx backfill resume` the run; nothing is lost.',
  'artifacts.unreadable': 'Make the folder or bucket readable, then try again.',
  'journal.conflict': 'Do not remove either object; look who else writes under this run id.',
  'journal.corrupt':
    'Bring the object back (on S3: remove its delete marker; in a folder: from a copy), then `npx backfill resume` the run.',
  'service.key-missing':
    'Set GOOGLE_PLACES_API_KEY (on AWS: put the key into the secret that the output PlacesKeyName of the state stack names), or run with --no-enrich (in the input "enrich":false) to derive from the table alone.',
  'service.key-refused': 'Check the API key and what it is allowed to call, then `npx backfill resume` the run.',
  'service.unavailable': 'Wait until the service answers again, then `npx backfill resume` the run; no item was failed for it.',
  'service.quota-spent': 'Wait for the hour that the message names, then `npx backfill resume` the run.',
  'errors.too-many':
    'Read `npx backfill report` for what failed and why, mend it, then `npx backfill resume` the run: the rate counts anew from there.',
  'budget.dollars-spent':
    'See what it has used with `npx backfill report`; let it cost more with `npx backfill tune RUN --max-dollars N`, then `npx backfill resume` it.',
  'budget.items-spent':
    'Look at what it did; let it change more with `npx backfill tune RUN --max-items N`, then `npx backfill resume` it.',
  'budget.calls-spent':
    'Wait for the day that the message names, or let it make more calls with `npx backfill tune RUN --max-calls-per-day N`; then `npx backfill resume` it.',
  'brake.throttled':
    'Nothing: it goes on by itself when the alarm is over. To go on at once, slowly, `npx backfill resume` the run; to let it stand, `npx backfill pause` it; to leave it at that, `npx backfill abort` it.',
  'execution.stopped':
    'See who stopped it, or what ended it, in the Step Functions console; then `npx backfill resume` the run; nothing is lost.',
  'journal.damaged':
    'Bring the objects back (on S3: remove a delete marker, or copy the older version; in a folder: from a copy), or roll back again with --skip-damaged to go on without what they hold.',
  'journal.expired':
    'Within 30 days of that, bring the older versions of its objects back (remove their delete markers), then roll back again; later, restore the table from a backup or to a point in time.',
  'rollback.newer-run': 'Roll the newer run back first, or all of them, newest first, by the backfill’s name.',
  'rollback.nothing': 'Nothing: no run of it stands that changed anything.',
  'rollback.unverified': 'Read `npx backfill report`: it lists the items. Roll back once more if nobody else has written them.',
  'local.unavailable': 'Read .backfill/host.log; `npx backfill local reset` starts afresh.',
  'query.invalid': 'Give exactly one of the query’s options.',
  'flags.unreadable': 'Mend what the message names; without its flags a reader takes every flag for off.',
  'flags.unwritable': 'Mend what the message names, then set them again.',
  'flags.elsewhere': 'Deploy another version of the configuration in AWS AppConfig, or unset BACKFILL_FLAGS_URL for the local file.',
  'checks.failed': 'Read `npx backfill report`: it lists the checks that failed. What was written stands; mend its cause, then run again.',
  'machine.failed': 'Read the run’s events with `npx backfill report`, then `npx backfill resume` it.',
  'environment.unsupported': 'Leave out --environment; or practise the environment’s rules on this machine, with BACKFILL_PRACTICE=1.',
  'environment.not-deployed': 'Deploy it with `npx cdk deploy --all`, or choose another account or region.',
  'environment.other-version': 'Deploy this code, or use the code that was deployed.',
  'environment.credentials': 'Sign in again, or choose another profile with AWS_PROFILE; `aws sts get-caller-identity` tells who you are.',
  'environment.wrong-account': 'Choose a profile of that account with AWS_PROFILE, or correct `account` in cdk.json.',
  'environment.no-region': 'Set `region` of the environment in cdk.json, or AWS_REGION, or a region in the profile.',
  'environment.access-denied': 'Let your role do what the message names, or choose another profile with AWS_PROFILE.',
  'environment.unreachable': 'Check the network, a proxy, and AWS_ENDPOINT_URL if it is set; then ask again. Runs on AWS go on meanwhile.',
  'environment.misconfigured': 'Mend the file, or the variable BACKFILL_CONFIG; docs/reference/configuration.md describes it.',
} as const;

export type ErrorCode = keyof typeof remedies;

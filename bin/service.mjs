/** `service.mjs PROGRAM ARGUMENTS...`: a background process of the embedded environment. */
import { load } from './compiled.mjs';

const [program] = process.argv.splice(2, 1);
await load(program);

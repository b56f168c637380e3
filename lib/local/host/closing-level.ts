import { createRequire } from 'node:module';

/** As far as we look into it. */
interface LevelIterator {
  next(): Promise<unknown>;
  close(): Promise<void>;
}
type LevelClass = new (path: string, options: object) => { values(options: object): LevelIterator; keys(options: object): LevelIterator };

const WRITE_BUFFER_BYTES = 32 * 1024 * 1024;
const CACHE_BYTES = 64 * 1024 * 1024;

function closing(iterator: LevelIterator): LevelIterator {
  const next = iterator.next.bind(iterator);
  iterator.next = async () => {
    const value = await next();
    if (value === undefined) await iterator.close();
    return value;
  };
  return iterator;
}

/**
 * Makes dynalite's LevelDB close its iterators once they are at their end; call it before dynalite is loaded.
 *
 * dynalite 4 never closes one. Each keeps a snapshot, so that LevelDB can free no file and no memory: 20,000 receipts grew to 2 GB.
 * An iterator comes to its end only where the request has a `Limit`, which all of ours have.
 */
export function closeIterators(): void {
  const fromDynalite = createRequire(createRequire(import.meta.url).resolve('dynalite'));
  const level = fromDynalite('level') as { Level: LevelClass };
  const { Level } = level;
  level.Level = class extends Level {
    constructor(path: string, options: object) {
      super(path, { ...options, writeBufferSize: WRITE_BUFFER_BYTES, cacheSize: CACHE_BYTES });
    }
    override values(options: object): LevelIterator {
      return closing(super.values(options));
    }
    override keys(options: object): LevelIterator {
      return closing(super.keys(options));
    }
  };
}

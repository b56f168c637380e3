import { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { sampleTables } from '../workflow/tables.ts';
import { ProjectTable } from './project-table.ts';

export interface SampleTablesProps {
  /** Logical names of the tables that definitions scan; those of which no sample exists are left to their owners. */
  readonly wanted: readonly string[];
  /** Physical names by logical ones; a table that is not named here bears its logical name. */
  readonly names: Readonly<Record<string, string>>;
}

/** The tables that are scanned, empty, for trying things out: with point-in-time recovery, and destroyed with their stack. */
export class SampleTables extends Construct {
  constructor(scope: Construct, id: string, { wanted, names }: SampleTablesProps) {
    super(scope, id);
    for (const [logical, table] of Object.entries(sampleTables)) {
      if (!wanted.includes(logical)) continue;
      const tableName = names[logical] ?? logical;
      new ProjectTable(this, logical, { table, tableName, removalPolicy: RemovalPolicy.DESTROY });
    }
  }
}

import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

export interface ImportedTableProps {
  /** The physical name. */
  readonly tableName: string;
  /** Indexes that may be queried. */
  readonly indexNames: readonly string[];
}

/**
 * A table that belongs to somebody else: named, never owned, in the stack's own account and region.
 * It is no `ITable` on purpose, whose grants give whole families of actions on all indexes.
 */
export class ImportedTable extends Construct {
  readonly tableName: string;
  readonly tableArn: string;
  readonly indexNames: readonly string[];
  readonly indexArns: readonly string[];

  constructor(scope: Construct, id: string, { tableName, indexNames }: ImportedTableProps) {
    super(scope, id);
    const arn = (resourceName: string) =>
      Stack.of(this).formatArn({ service: 'dynamodb', resource: 'table', resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    this.tableName = tableName;
    this.tableArn = arn(tableName);
    this.indexNames = indexNames;
    this.indexArns = indexNames.map((index) => arn(`${tableName}/index/${index}`));
  }
}

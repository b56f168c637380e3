import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { OwnTable } from '../workflow/tables.ts';

export interface ProjectTableProps extends Omit<TableProps, 'partitionKey' | 'sortKey' | 'timeToLiveAttribute'> {
  /** Keys, indexes and TTL, as the embedded environment creates them too. */
  readonly table: OwnTable;
}

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** A table of the project's own: on demand, encrypted, with point-in-time recovery, retained. */
export class ProjectTable extends Table {
  constructor(scope: Construct, id: string, { table, ...props }: ProjectTableProps) {
    super(scope, id, {
      partitionKey: text(table.partitionKey),
      ...(table.sortKey && { sortKey: text(table.sortKey) }),
      ...(table.ttl && { timeToLiveAttribute: table.ttl }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
      ...props,
    });
    for (const { name, partitionKey, sortKey } of table.indexes) {
      this.addGlobalSecondaryIndex({ indexName: name, partitionKey: text(partitionKey), sortKey: text(sortKey) });
    }
  }
}

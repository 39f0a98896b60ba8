import { Query, type Client, type Connection } from 'pg';

/** Methods of pg's connections for COPY, which its types omit. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** pg calls `handleCopyInResponse` of the running query. The default implementation fails. */
class CopyQuery extends Query {
  constructor(
    statement: string,
    private readonly content: Buffer,
    callback: (error: Error | undefined) => void,
  ) {
    super(statement, callback);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.content);
    connection.endCopyFrom();
  }
}

/** Runs `COPY … FROM STDIN`. Errors of PostgreSQL name the invalid line and column. */
export function copyIn(client: Client, statement: string, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new CopyQuery(statement, content, (error) => (error ? reject(error) : resolve())));
  });
}

import { Query, type Client, type Connection } from 'pg';

/** What pg's connections can do for COPY; its types do not have it. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** pg asks the query that runs for what is to be copied. Its own class has nothing, and refuses. */
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

/** Runs `COPY … FROM STDIN`. PostgreSQL's error names the line and the column that it cannot take. */
export function copyIn(client: Client, statement: string, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new CopyQuery(statement, content, (error) => (error ? reject(error) : resolve())));
  });
}

import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { ImportError, unlessMissing } from './import-error';

/**
 * The lines that were refused, with their reasons, in the order of the file; there is none while none was refused.
 *
 * A batch's lines are written before the checkpoint that holds their end. What stands after the end in the checkpoint
 * belongs to a batch that is sent again: it is cut off, so that no line is there twice, and none is missing.
 */
export class RefusedFile {
  private handle: FileHandle | undefined;

  private constructor(
    readonly path: string,
    /** The first line, with its line end; may be empty. */
    private readonly head: string,
    /** Size of what is acknowledged. */
    public bytes: number,
  ) {}

  /** For an import from the beginning. What an earlier one left, maybe corrected by hand since, is kept as `….old`. */
  static async begin(path: string, head: string): Promise<RefusedFile> {
    await unlessMissing(rename(path, `${path}.old`));
    return new RefusedFile(path, head, 0);
  }

  /** @throws ImportError when the lines that are acknowledged are not there any more */
  static async resume(path: string, head: string, bytes: number): Promise<RefusedFile> {
    const file = new RefusedFile(path, head, bytes);
    if (bytes === 0) await rm(path, { force: true });
    else await file.cut();
    return file;
  }

  async append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const text = Buffer.from((this.bytes === 0 ? this.head : '') + lines.join(''));
    // Not in the mode for appending, which writes at the end whatever the position.
    this.handle ??= await open(this.path, constants.O_WRONLY | constants.O_CREAT);
    await this.handle.write(text, 0, text.length, this.bytes);
    await this.handle.datasync();
    this.bytes += text.length;
  }

  async close(): Promise<void> {
    await this.handle?.close();
  }

  private async cut(): Promise<void> {
    this.handle = await unlessMissing(open(this.path, constants.O_WRONLY));
    const size = (await this.handle?.stat())?.size ?? 0;
    if (size >= this.bytes) return this.handle!.truncate(this.bytes);
    await this.close();
    throw new ImportError(
      `${this.path} is missing or shorter than it was when the import was stopped: give it back, or import from the beginning with --restart.`,
    );
  }
}

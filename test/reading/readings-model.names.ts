import type { Owner } from './readings-model';

/** Names of devices and patients in the model, and their ids in the database. */
export class Names {
  private readonly ids = new Map<string, string>();
  private readonly names = new Map<string, string>();

  add(kind: Owner, name: string, id: string): void {
    this.ids.set(`${kind} ${name}`, id);
    this.names.set(`${kind} ${id}`, name);
  }

  idOf(kind: Owner, name: string): string {
    return this.ids.get(`${kind} ${name}`)!;
  }

  /** An id that is not in the model is returned unchanged, so that it shows in the difference. */
  nameOf(kind: Owner, id: string | null | undefined): string | null {
    return id == null ? null : (this.names.get(`${kind} ${id}`) ?? `unknown ${kind} ${id}`);
  }

  idsOf(kind: Owner): string[] {
    return [...this.ids].filter(([key]) => key.startsWith(`${kind} `)).map(([, id]) => id);
  }
}

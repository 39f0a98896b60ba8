import { RequestError } from './errors';

/** Reasons of one request that are reported one by one; one more says how many others there are. */
export const MAX_REASONS = 20;

/** Says that values are refused in addition to those that are reported. */
export function moreRefused(count: number): string {
  return `${count} more ${count === 1 ? 'value is' : 'values are'} refused.`;
}

/** Collects the reasons for which a request is refused. Makes no more than are reported. */
export class Reasons<Reason> {
  private readonly reported: Reason[] = [];
  private others = 0;

  get isEmpty(): boolean {
    return this.reported.length === 0;
  }

  add(make: () => Reason): void {
    if (this.reported.length < MAX_REASONS) this.reported.push(make());
    else this.others += 1;
  }

  /** Counts reasons that are not reported one by one. */
  addOthers(count: number): void {
    this.others += count;
  }

  /** @param makeMore from the message about those that are not reported */
  all<More>(makeMore: (message: string) => More): (Reason | More)[] {
    return this.others === 0 ? this.reported : [...this.reported, makeMore(moreRefused(this.others))];
  }
}

/** The reasons for which an operation is refused, with an error for those that are not reported. */
export function errorsOfReasons<Reason extends Error>(reasons: Reasons<Reason>): (Reason | RequestError)[] {
  return reasons.all((message) => new RequestError('BAD_USER_INPUT', message));
}

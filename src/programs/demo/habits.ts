import { READING_DAYS } from './local-clock';
import type { Anchor, Slot } from './measuring-plans';
import type { Random } from './random';

interface Absence {
  fromDay: number;
  untilDay: number;
}

/** When a patient gets up, how reliably they measure, and when they do not. */
export class Habits {
  /** Hours of the day. */
  private readonly hours: Readonly<Record<Anchor, number>>;
  /** The share of the planned readings that are taken. */
  private readonly diligence: number;
  /** A journey, a stay in hospital. */
  private readonly absences: readonly Absence[];
  /** The first day on which nothing comes any more. */
  private readonly silentFrom: number;
  /** Somebody calls every week and writes down what the patient tells. */
  readonly isCalled: boolean;

  /** @param reliable for the patients of the tour, who must have something to show */
  constructor(random: Random, reliable: boolean) {
    this.hours = {
      wake: random.between(5.5, 8.5),
      dinner: random.between(17.2, 19.2),
      bed: random.between(21, 22.4),
    };
    const [diligence, silent, day] = [random.between(0.55, 0.98), random.chance(0.09), random.integer(8, 68)];
    this.diligence = reliable ? 0.96 : diligence;
    // Two weeks at the least, as shorter gaps are nothing to call about.
    this.silentFrom = silent && !reliable ? day : Infinity;
    this.absences = Array.from({ length: reliable ? 1 : random.integer(0, 3) }, () => {
      const fromDay = random.integer(0, READING_DAYS - 18);
      return { fromDay, untilDay: fromDay + random.integer(2, 10) };
    });
    this.isCalled = random.chance(0.13);
  }

  /** Nothing is measured on days on which the patient is away or has given up. */
  isAtIt(day: number): boolean {
    return day < this.silentFrom && !this.absences.some(({ fromDay, untilDay }) => fromDay <= day && day < untilDay);
  }

  /** @returns the hour of the day at which the patient measures; undefined when it is forgotten */
  hourOf({ anchor, after }: Slot, random: Random): number | undefined {
    const [hour, forgotten] = [this.hours[anchor] + after + random.noise(0.25), !random.chance(this.diligence)];
    return forgotten ? undefined : hour;
  }
}

import { KINDS } from '../../src/features/kind/reading-kind';
import type { RestClient } from '../support/rest-client';

const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const HOUR_MS = 3_600_000;
/** Bits of the id of a reading that number it within a second. */
const NUMBER_BITS = 30n;

/** Responses as they are at any time: times, ids of readings and secrets differ from run to run. */
export class StableResponses {
  private readonly readingIds = new Map<string, string>();

  /** @param shiftMs by how much the times of the demo data were moved */
  private constructor(private readonly shiftMs: number) {}

  static async of(rest: RestClient): Promise<StableResponses> {
    const { body } = await rest.get<{ createdAt: string }>('/site/3');
    return new StableResponses(Date.parse(body.createdAt) - Date.parse('2025-09-11T00:00:00.000Z'));
  }

  /**
   * @param request whose times the response may have again
   * @param shape of the response. Readings of a kind have its number in their id.
   */
  toStable(response: unknown, request: unknown, shape: string): object {
    const sent = JSON.stringify(request ?? null).match(TIME) ?? [];
    const kept = new Set(sent.map((time) => new Date(time).toISOString()));
    const text = JSON.stringify(response)
      .replaceAll(/"whsec_[^"]+"/g, '"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"')
      .replaceAll(/"id":"(\d+)"/g, (_match, id: string) => `"id":"${this.stableId(id, shape)}"`)
      .replaceAll(TIME, (time) => (kept.has(time) ? time : this.stableTime(Date.parse(time))));
    return JSON.parse(text) as object;
  }

  /** The id that a reading of an earlier example has in this run. */
  actualId(shown: number | string): number | string {
    const [actual = shown] = [...this.readingIds].find(([, stable]) => stable === shown) ?? [];
    return actual;
  }

  private stableId(id: string, shape: string): string {
    const second = (BigInt(id) >> NUMBER_BITS) << NUMBER_BITS;
    const stable = String(second + BigInt(KINDS.find(({ typeName }) => typeName === shape)!.number));
    this.readingIds.set(id, stable);
    return stable;
  }

  private stableTime(time: number): string {
    if (Math.abs(Date.now() - time) < HOUR_MS) return '2026-03-02T15:04:05.678Z';
    return new Date(time - this.shiftMs).toISOString();
  }
}

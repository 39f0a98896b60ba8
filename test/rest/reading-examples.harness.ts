import type { RestExample } from '../../src/platform/http/rest/examples';
import { KINDS, restUnitsOf, type Kind, type Quantity } from '../../src/features/kind/reading-kind';
import { toCamelCase } from '../../src/platform/base/camel-case';

const DEVICE = { deviceIdentifier: 'ABC123' };
/** No demo reading of the device has these minutes and seconds. */
const readingTimestamp = '2026-03-02T15:07:41.000Z';
/** Who had the device then changes with the demo data. */
const varying = ['patient', 'patientTimeZoneOffset', 'attribution'];

/** The examples of all kinds: a reading is recorded, listed and read. */
export function readingExamples(): RestExample[] {
  return KINDS.flatMap((kind) => {
    const body = { ...DEVICE, readingTimestamp, ...Object.assign({}, ...valuesOf(kind)) } as object;
    // As in StableResponses: the second since 2000, and the number of the kind.
    const second = BigInt(Date.parse(readingTimestamp) - Date.UTC(2000, 0, 1)) / 1000n;
    const id = String((second << 30n) + BigInt(kind.number));
    return [
      { operationId: `record${kind.typeName}`, body, status: 201, varying },
      { operationId: `list${kind.typeName}s`, query: { ...DEVICE, size: 5 }, status: 200 },
      { operationId: `get${kind.typeName}`, params: { id }, status: 200 },
    ];
  });
}

function valuesOf({ values }: Kind): object[] {
  return values.map((value) => {
    if (value.type === 'choice') return value.sample === null ? {} : { [value.member]: toCamelCase(value.sample) };
    const quantity = value as Quantity;
    const units = restUnitsOf(quantity);
    return {
      [value.member]: quantity.sample,
      // Only if there is a choice.
      ...(units.size > 1 && { [`${value.member}Unit`]: units.get(quantity.unit) }),
    };
  });
}

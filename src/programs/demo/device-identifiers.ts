import { normalizeIdentifier } from '../../features/device/device-rules';
import { DeviceIdentifierType } from '../../features/device/device-status';
import type { CatalogItem } from './catalog';
import type { DeviceRow, IdentifierRow } from './demo-rows';
import type { Random } from './random';

/**
 * What is printed on a device. The device's id is part of each value, so that none is given twice.
 *
 * The numbers are of ranges that no real thing has: IMEIs of the test networks (00…), locally administered MAC addresses (02:…),
 * ICCIDs of an issuer that was never given out.
 */
export function identify(device: DeviceRow, item: CatalogItem, random: Random, serial?: string): IdentifierRow[] {
  const number = String(device.id).padStart(6, '0');
  const values: [DeviceIdentifierType, string][] = [
    [DeviceIdentifierType.SERIAL, serial ?? `${item.serialPrefix}${random.digits(2)}-${number}-${random.digits(2)}`],
  ];
  if (item.cellular) {
    values.push(
      [DeviceIdentifierType.IMEI, withLuhnDigit(`001044${number}${random.digits(2)}`)],
      [DeviceIdentifierType.ICCID, withLuhnDigit(`8901999${random.digits(5)}${number}`)],
      [DeviceIdentifierType.SIM_CARD_NUMBER, `SIM ${random.digits(4)} ${number}`],
    );
  } else {
    const hex = `02${random.integer(0, 0xffff).toString(16).padStart(4, '0')}${device.id.toString(16).padStart(6, '0')}`;
    values.push([DeviceIdentifierType.MAC_ADDRESS, hex.toUpperCase().match(/../g)!.join(':')]);
  }
  return values.map(([type, value]) => ({
    customer_id: device.customer_id,
    device_id: device.id,
    type,
    value,
    normalized: normalizeIdentifier(value),
  }));
}

/** The check digit of IMEI and ICCID, ISO/IEC 7812-1 annex B. */
function withLuhnDigit(digits: string): string {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

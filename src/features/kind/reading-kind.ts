/** The kinds of readings; which of them a device sends depends on its item. */
export enum ReadingKind {
  BLOOD_PRESSURE = 'BLOOD_PRESSURE',
  BLOOD_GLUCOSE = 'BLOOD_GLUCOSE',
  BLOOD_OXYGEN = 'BLOOD_OXYGEN',
  WEIGHT = 'WEIGHT',
  HEART_RATE = 'HEART_RATE',
  TEMPERATURE = 'TEMPERATURE',
  PEAK_FLOW = 'PEAK_FLOW',
}

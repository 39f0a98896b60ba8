import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { HandWrittenInsert } from './insert';
import type { SentReading } from './reading';

/** A simple GraphQL server without batches: a mutation inserts one reading, which is checked only by its types. */
const typeDefs = `
  input BloodPressureInput { systolic: Int! diastolic: Int! heartRate: Int }
  input QuantityInput { value: Float! unit: String! }
  input BloodGlucoseInput { glucose: QuantityInput! mealTiming: String }
  input BloodOxygenInput { bloodOxygen: Int! heartRate: Int }
  input HeartRateInput { value: Int! }
  input PeakFlowInput { peakExpiratoryFlow: Float! forcedExpiratoryVolumeInOneSecond: Float }
  input RespiratoryRateInput { value: Int! }
  input BodyCompositionInput { bodyFat: Float! muscleMass: QuantityInput }
  input ReadingInput {
    deviceId: ID!
    takenAt: String!
    deviceTimeZoneOffset: Int
    bloodPressure: BloodPressureInput
    bloodGlucose: BloodGlucoseInput
    bloodOxygen: BloodOxygenInput
    weight: QuantityInput
    heartRate: HeartRateInput
    temperature: QuantityInput
    peakFlow: PeakFlowInput
    respiratoryRate: RespiratoryRateInput
    bodyComposition: BodyCompositionInput
  }
  type Reading { id: ID! }
  type Query { ok: Boolean }
  type Mutation { createReading(input: ReadingInput!): Reading! }
`;

const insert = new HandWrittenInsert(process.env.BENCH_DATABASE_URL!, 10);

const resolvers = {
  Mutation: {
    createReading: async (_root: unknown, { input }: { input: SentReading }) => ({ id: await insert.one(input) }),
  },
};

const server = new ApolloServer({ typeDefs, resolvers });
void startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } }).then(({ url }) => process.send?.(url));
process.once('SIGTERM', () => process.exit(0));

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { HandWrittenInsert } from './ingest-insert';
import type { SentReading } from './ingest-reading';

/** What a GraphQL server does about readings when nobody thought of many: a mutation that inserts one, checked by its types alone. */
const typeDefs = `
  input BloodPressureInput { systolic: Int! diastolic: Int! heartRate: Int }
  input BloodGlucoseInput { glucose: Int! beforeMeal: Boolean afterMeal: Boolean }
  input BloodOxygenInput { bloodOxygen: Int! heartRate: Int }
  input WeightInput { weight: Float! }
  input HeartRateInput { heartRate: Int! }
  input TemperatureInput { temperature: Float! }
  input PeakFlowInput { peakExpiratoryFlow: Float! forcedExpiratoryVolumeInOneSecond: Float }
  input RespiratoryRateInput { respiratoryRate: Int! }
  input BodyCompositionInput { bodyFat: Float! muscleMass: Float }
  input ReadingInput {
    deviceId: ID!
    takenAt: String!
    deviceTimeZoneOffset: Int
    bloodPressure: BloodPressureInput
    bloodGlucose: BloodGlucoseInput
    bloodOxygen: BloodOxygenInput
    weight: WeightInput
    heartRate: HeartRateInput
    temperature: TemperatureInput
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

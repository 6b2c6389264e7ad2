import type { TestMongo } from './mongo-server.ts';

/** Starts a real mongod, a replica set of one, from an image that Docker has or can pull: `mongo:8`. */
export async function startMongoContainer(image: string): Promise<TestMongo> {
  // Only where it is used: it takes its time to load.
  const { MongoDBContainer } = await import('@testcontainers/mongodb');
  const container = await new MongoDBContainer(image).start();
  return {
    url: `${container.getConnectionString()}/?directConnection=true`,
    stop: async () => void (await container.stop()),
  };
}

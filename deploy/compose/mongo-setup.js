// Run by mongosh at every start: each step finds its work done, or does it.
const SERVICES = ['metadata', 'auth-token', 'webhook-dispatcher', 'retention-cleaner', 'replicator'];
const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, 'utf8').trim();
const admin = db.getSiblingDB('admin');
admin.auth('root', secret('mongo-root-password'));

const members = [1, 2, 3].map((n) => ({ _id: n - 1, host: `mongo-${n}:27017`, priority: n === 1 ? 2 : 1 }));
try {
  rs.initiate({ _id: 'berth', members });
} catch (error) {
  if (error.codeName !== 'AlreadyInitialized') throw error;
}
// Users are made where writes go; after a change of the primary that is another member, and they have long been there.
for (let tries = 0; !db.hello().isWritablePrimary && db.hello().primary === undefined; tries += 1) {
  if (tries > 120) throw new Error('the replica set has no primary');
  sleep(500);
}
const rolesOf = (services) => services.map((service) => ({ role: 'readWrite', db: `berth_${service}` }));
const ensureUser = (user, password, roles) => {
  const isPrimary = db.hello().isWritablePrimary;
  const isThere = admin.getUser(user) !== null;
  if (!isThere && !isPrimary)
    throw new Error(`mongo-1 is not the primary, where ${user} is to be made: try again`);
  if (!isThere) admin.createUser({ user, pwd: password, roles });
  else if (isPrimary) admin.updateUser(user, { pwd: password, roles });
};
// Of the operator, who exports and imports all of them.
ensureUser('berth', secret('mongo-password'), rolesOf(SERVICES));
for (const service of SERVICES)
  ensureUser(`berth_${service}`, secret(`mongo-password-${service}`), rolesOf([service]));
print('the replica set and its users are there');

// Run by mongosh at every start: each step finds its work done, or does it.
const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, 'utf8').trim();
const admin = db.getSiblingDB('admin');
admin.auth('root', secret('mongo-root-password'));

const members = [1, 2, 3].map((n) => ({ _id: n - 1, host: `mongo-${n}:27017`, priority: n === 1 ? 2 : 1 }));
try {
  rs.initiate({ _id: 'berth', members });
} catch (error) {
  if (error.codeName !== 'AlreadyInitialized') throw error;
}
// The user is made where writes go; after a change of the primary that is another member, and the user has long been there.
for (let tries = 0; !db.hello().isWritablePrimary && db.hello().primary === undefined; tries += 1) {
  if (tries > 120) throw new Error('the replica set has no primary');
  sleep(500);
}
if (admin.getUser('berth') === null) {
  admin.createUser({ user: 'berth', pwd: secret('mongo-password'), roles: ['readWriteAnyDatabase'] });
}
print('the replica set and its user are there');

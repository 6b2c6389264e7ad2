import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.AbstractMongoBackend;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/**
 * A server that speaks MongoDB's protocol, for tests on machines where mongod cannot be had. Arguments: the port (0 for
 * a free one), then, to keep the data over restarts, a file. Prints "listening on <port>", and ends when its standard
 * input does: with the program that started it.
 */
public final class StandIn {
    /** What the driver of today asks for. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(7, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 21;
        }
    };

    public static void main(String[] args) throws Exception {
        AbstractMongoBackend backend = args.length > 1 ? new H2Backend(args[1]) : new MemoryBackend();
        MongoBackend versioned = backend.version(VERSION);
        MongoServer server = new MongoServer(versioned);
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        // The backend is closed with the server, which writes what it keeps to its file.
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("listening on " + server.getLocalAddress().getPort());
        while (System.in.read() >= 0) {
            // Nothing is said to it: only the end counts.
        }
        System.exit(0);
    }
}

package de.bwaldvogel.mongo.backend;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * An index that is not unique, which mongo-java-server has none of: by its first field, for equality, members of lists and
 * ranges. It gives candidates; the whole query is matched against them all the same, and they are sorted as without it.
 */
public final class FieldIndex<P> extends Index<P> {
    private final String path;
    private final NavigableMap<Object, Set<P>> positions = new TreeMap<>(ValueComparator.asc());
    private final Map<Object, P> positionOfId = new HashMap<>();
    private final Map<Object, Set<Object>> valuesOfId = new HashMap<>();
    private boolean hasLists;

    public FieldIndex(String name, List<IndexKey> keys) {
        super(name, keys, true);
        path = keys.get(0).getKey();
    }

    /** Where documents are that may match, by the index that leaves the fewest; null where none helps. */
    static <P> Collection<P> candidates(List<Index<P>> indexes, Document query) {
        List<Document> conditions = new ArrayList<>();
        flatten(query, conditions);
        Collection<P> best = null;
        for (boolean isEquality : new boolean[] {true, false}) {
            for (Index<P> index : indexes) {
                if (!(index instanceof FieldIndex)) continue;
                FieldIndex<P> field = (FieldIndex<P>) index;
                Collection<P> found = isEquality ? field.equalTo(conditions) : field.within(conditions);
                if (found != null && (best == null || found.size() < best.size())) best = found;
            }
            if (best != null) return best;
        }
        return null;
    }

    private static void flatten(Document query, List<Document> conditions) {
        conditions.add(query);
        if (!(query.get("$and") instanceof Collection)) return;
        for (Object part : (Collection<?>) query.get("$and")) if (part instanceof Document) flatten((Document) part, conditions);
    }

    private synchronized Collection<P> equalTo(List<Document> conditions) {
        for (Document condition : conditions) {
            Object value = condition.get(path);
            if (value instanceof String || value instanceof Number || value instanceof Boolean) {
                return new ArrayList<>(positions.getOrDefault(Utils.normalizeValue(value), Set.of()));
            }
        }
        return null;
    }

    private synchronized Collection<P> within(List<Document> conditions) {
        if (hasLists) return null;
        NavigableMap<Object, Set<P>> range = positions;
        for (Document condition : conditions) {
            if (!(condition.get(path) instanceof Document)) continue;
            for (Map.Entry<String, Object> bound : ((Document) condition.get(path)).entrySet()) {
                Object value = Utils.normalizeValue(bound.getValue());
                try {
                    if (bound.getKey().equals("$gte")) range = range.tailMap(value, true);
                    else if (bound.getKey().equals("$gt")) range = range.tailMap(value, false);
                    else if (bound.getKey().equals("$lte")) range = range.headMap(value, true);
                    else if (bound.getKey().equals("$lt")) range = range.headMap(value, false);
                } catch (IllegalArgumentException outside) {
                    // A bound outside of the range so far adds nothing that the match would not find.
                }
            }
        }
        if (range == positions) return null;
        Set<P> found = new LinkedHashSet<>();
        for (Set<P> some : range.values()) found.addAll(some);
        return found;
    }

    @Override
    public synchronized void add(Document document, P position, MongoCollection<P> collection) {
        Object value = Utils.normalizeValue(Utils.getSubdocumentValueCollectionAware(document, path));
        if (value == null) return;
        Set<Object> values = new LinkedHashSet<>();
        if (value instanceof Collection) {
            hasLists = true;
            values.addAll((Collection<?>) value);
            values.remove(null);
        } else {
            values.add(value);
        }
        Object id = idOf(document);
        positionOfId.put(id, position);
        valuesOfId.put(id, values);
        for (Object one : values) positions.computeIfAbsent(one, key -> new LinkedHashSet<>()).add(position);
    }

    @Override
    public synchronized P remove(Document document) {
        Object id = idOf(document);
        P position = positionOfId.remove(id);
        if (position == null) return null;
        for (Object value : valuesOfId.remove(id)) {
            Set<P> some = positions.get(value);
            some.remove(position);
            if (some.isEmpty()) positions.remove(value);
        }
        return position;
    }

    private static Object idOf(Document document) {
        return Utils.normalizeValue(document.get("_id"));
    }

    @Override
    public void updateInPlace(Document oldDocument, Document newDocument, P position, MongoCollection<P> collection) {
        remove(oldDocument);
        add(newDocument, position, collection);
    }

    @Override
    public P getPosition(Document document) {
        return null;
    }

    @Override
    public void checkAdd(Document document, MongoCollection<P> collection) {
        // Nothing is refused.
    }

    @Override
    public void checkUpdate(Document oldDocument, Document newDocument, MongoCollection<P> collection) {
        // Nothing is refused.
    }

    @Override
    public boolean canHandle(Document query) {
        return false; // candidates() is asked
    }

    @Override
    public Iterable<P> getPositions(Document query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized long getCount() {
        return positionOfId.size();
    }

    @Override
    public long getDataSize() {
        return 0;
    }

    @Override
    public synchronized void drop() {
        positions.clear();
        positionOfId.clear();
        valuesOfId.clear();
    }
}

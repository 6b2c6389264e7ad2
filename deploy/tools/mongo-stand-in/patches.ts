const BACKEND = 'de/bwaldvogel/mongo/backend';

/** Where mongo-java-server differs from MongoDB in what the document store relies on. `from` stands once in the file. */
export const PATCHES = [
  {
    // MongoDB compares strings by their UTF-8 bytes, Java by UTF-16.
    file: `${BACKEND}/ValueComparator.java`,
    from: 'return value1.toString().compareTo(value2.toString());',
    to: `return java.util.Arrays.compareUnsigned(
                value1.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8),
                value2.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));`,
  },
  {
    // A filter on the id and something else looks at that document only, not at all of them.
    file: `${BACKEND}/AbstractMongoCollection.java`,
    from: `        for (Index<P> index : indexes) {
            if (index.canHandle(query)) {`,
    to: `        if (query.containsKey(ID_FIELD)) {
            Document byId = new Document(ID_FIELD, query.get(ID_FIELD));
            for (Index<P> index : indexes) {
                if (index.keySet().equals(byId.keySet()) && index.canHandle(byId)) {
                    return matchDocuments(query, index.getPositions(byId), orderBy, numberToSkip, limit, batchSize,
                        fieldSelector);
                }
            }
        }

        for (Index<P> index : indexes) {
            if (index.canHandle(query)) {`,
  },
  {
    // Then what the other indexes leave of them.
    file: `${BACKEND}/AbstractMongoCollection.java`,
    from: '        return matchDocuments(query, orderBy, numberToSkip, limit, batchSize, fieldSelector);\n    }',
    to: `        java.util.Collection<P> candidates = FieldIndex.candidates(indexes, query);
        if (candidates != null) {
            return matchDocuments(query, candidates, orderBy, numberToSkip, limit, batchSize, fieldSelector);
        }
        return matchDocuments(query, orderBy, numberToSkip, limit, batchSize, fieldSelector);
    }`,
  },
  {
    // An aggregation that begins with a filter finds its documents as a query would, not by looking at all.
    file: `${BACKEND}/aggregation/Aggregation.java`,
    from: 'aggregation.addStage(new MatchStage(matchQuery));',
    to: `if (aggregation.stages.isEmpty()) aggregation.firstMatch = matchQuery;
                    aggregation.addStage(new MatchStage(matchQuery));`,
  },
  {
    file: `${BACKEND}/aggregation/Aggregation.java`,
    from: `    private List<Document> runStages() {
        return runStages(collection.queryAllAsStream());`,
    to: `    private Document firstMatch;

    private List<Document> runStages() {
        if (firstMatch != null && !hasVariables()) return runStages(collection.handleQueryAsStream(firstMatch));
        return runStages(collection.queryAllAsStream());`,
  },
  {
    // Nothing is inserted between reading what there is and adding the index.
    file: `${BACKEND}/AbstractMongoCollection.java`,
    from: 'public void addIndex(Index<P> index) {',
    to: 'public synchronized void addIndex(Index<P> index) {',
  },
  {
    file: `${BACKEND}/AbstractMongoDatabase.java`,
    from: 'return new EmptyIndex<>(indexName, keys);',
    to: 'return new FieldIndex<>(indexName, keys);',
  },
] as const;

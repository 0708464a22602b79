-- The numbers of each source's custody events that are stored, in blocks of 8,192: 1 to 8,192 are
-- block 0. A batch writes the blocks that it touches, however many numbers are missing elsewhere.
CREATE TABLE custody_block (
    source   text NOT NULL,
    topic    text NOT NULL,
    block    bigint NOT NULL,
    received int8multirange NOT NULL,
    PRIMARY KEY (source, topic, block)
);

-- Every block below `open_block` is whole, and has no row any more.
CREATE TABLE custody_source (
    source     text NOT NULL,
    topic      text NOT NULL,
    open_block bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (source, topic)
);

INSERT INTO custody_source (source, topic) SELECT source, topic FROM custody_received;

INSERT INTO custody_block (source, topic, block, received)
SELECT source, topic, block,
       range_agg(part * int8range(block * 8192 + 1, (block + 1) * 8192 + 1))
FROM custody_received, unnest(received) AS part,
     generate_series((lower(part) - 1) / 8192, (upper(part) - 2) / 8192) AS block
GROUP BY source, topic, block;

DROP TABLE custody_received;

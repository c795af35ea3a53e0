-- Segmentry VERSION: 2 segments of the customers in crm."Big Customers".
-- Written for postgres (supported: executed in Segmentry's tests).
-- Needs the columns: spend, town, active, tier.
-- Prepared: as it is
-- Levels of town: Wien, it's, other.
-- Levels of active: true, false.
-- Levels of tier: 1, 2, other.
-- Coordinates: x1 is spend; x2 is town: Wien; x3 is town: it's; x4 is town: other; x5 is active: true; x6 is active: false; x7 is tier: 1; x8 is tier: 2; x9 is tier: other.
-- A customer without one of these has no segment: active.
-- Segment 1 is S0.
-- Segment 2 is S1.
-- distance is to the segment's centre; margin is (d2 - d1) / d2, 0 between two segments.
WITH "read" AS (
  SELECT
    "id" AS "id",
    CASE
      WHEN PG_TYPEOF("spend") IN (CAST('double precision' AS REGTYPE), CAST('integer' AS REGTYPE), CAST('numeric' AS REGTYPE), CAST('bigint' AS REGTYPE), CAST('smallint' AS REGTYPE)) THEN CAST(LEFT(CAST("spend" AS TEXT), 200) AS DOUBLE PRECISION)
      WHEN PG_TYPEOF("spend") IN (CAST('real' AS REGTYPE)) THEN CAST(CAST(CAST("spend" AS TEXT) AS REAL) AS DOUBLE PRECISION)
      WHEN PG_TYPEOF("spend") IN (CAST('money' AS REGTYPE)) THEN CAST(CAST(CAST(CAST("spend" AS TEXT) AS MONEY) AS DECIMAL) AS DOUBLE PRECISION)
      WHEN LENGTH(TRIM(CAST("spend" AS TEXT))) <= 200 AND TRIM(CAST("spend" AS TEXT)) ~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9][0-9]?)?$' THEN CAST(CAST("spend" AS TEXT) AS DOUBLE PRECISION)
    END AS "spend",
    CAST("town" AS TEXT) COLLATE "C" AS "town",
    CAST("active" AS TEXT) COLLATE "C" AS "active",
    CASE
      WHEN PG_TYPEOF("tier") IN (CAST('double precision' AS REGTYPE), CAST('integer' AS REGTYPE), CAST('numeric' AS REGTYPE), CAST('bigint' AS REGTYPE), CAST('smallint' AS REGTYPE)) THEN CAST(LEFT(CAST("tier" AS TEXT), 200) AS DOUBLE PRECISION)
      WHEN PG_TYPEOF("tier") IN (CAST('real' AS REGTYPE)) THEN CAST(CAST(CAST("tier" AS TEXT) AS REAL) AS DOUBLE PRECISION)
      WHEN PG_TYPEOF("tier") IN (CAST('money' AS REGTYPE)) THEN CAST(CAST(CAST(CAST("tier" AS TEXT) AS MONEY) AS DECIMAL) AS DOUBLE PRECISION)
      WHEN LENGTH(TRIM(CAST("tier" AS TEXT))) <= 200 AND TRIM(CAST("tier" AS TEXT)) ~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9][0-9]?)?$' THEN CAST(CAST("tier" AS TEXT) AS DOUBLE PRECISION)
    END AS "tier"
  FROM crm."Big Customers" OFFSET 0
), "given" AS (
  SELECT
    "id" AS "id",
    CASE
      WHEN "spend" BETWEEN -CAST(1e+100 AS DOUBLE PRECISION) AND CAST(1e+100 AS DOUBLE PRECISION) THEN "spend"
    END AS "spend",
    CASE
      WHEN "tier" BETWEEN -CAST(1e+100 AS DOUBLE PRECISION) AND CAST(1e+100 AS DOUBLE PRECISION) THEN "tier"
    END AS "tier",
    CASE
      WHEN LOWER(TRIM("town")) IN ('', '?', 'n/a', 'n/d', '#n/a', 'null', '#div/0!', '#ref!', '#value!', '#name?', '#num!', '#null!', '\n') THEN NULL
      ELSE "town"
    END AS "town",
    CASE
      WHEN LOWER(TRIM("active")) IN ('', '?', 'n/a', 'n/d', '#n/a', 'null', '#div/0!', '#ref!', '#value!', '#name?', '#num!', '#null!', '\n') THEN NULL
      ELSE "active"
    END AS "active"
  FROM "read" OFFSET 0
), "coordinates" AS (
  SELECT
    "id",
    CASE
      WHEN ABS((CASE WHEN CASE WHEN COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) < CAST(0.0e0 AS DOUBLE PRECISION) THEN CAST(0.0e0 AS DOUBLE PRECISION) WHEN COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) > CAST(900.0e0 AS DOUBLE PRECISION) THEN CAST(900.0e0 AS DOUBLE PRECISION) ELSE COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) END > -CAST(1.0e0 AS DOUBLE PRECISION) THEN LN((CASE WHEN COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) < CAST(0.0e0 AS DOUBLE PRECISION) THEN CAST(0.0e0 AS DOUBLE PRECISION) WHEN COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) > CAST(900.0e0 AS DOUBLE PRECISION) THEN CAST(900.0e0 AS DOUBLE PRECISION) ELSE COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) END + CAST(1.0e0 AS DOUBLE PRECISION))) END - CAST(1.5e0 AS DOUBLE PRECISION))) < CAST(2.25e-130 AS DOUBLE PRECISION) THEN CAST(0.0e0 AS DOUBLE PRECISION)
      ELSE (CASE WHEN CASE WHEN COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) < CAST(0.0e0 AS DOUBLE PRECISION) THEN CAST(0.0e0 AS DOUBLE PRECISION) WHEN COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) > CAST(900.0e0 AS DOUBLE PRECISION) THEN CAST(900.0e0 AS DOUBLE PRECISION) ELSE COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) END > -CAST(1.0e0 AS DOUBLE PRECISION) THEN LN((CASE WHEN COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) < CAST(0.0e0 AS DOUBLE PRECISION) THEN CAST(0.0e0 AS DOUBLE PRECISION) WHEN COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) > CAST(900.0e0 AS DOUBLE PRECISION) THEN CAST(900.0e0 AS DOUBLE PRECISION) ELSE COALESCE("spend", CAST(2.0e0 AS DOUBLE PRECISION)) END + CAST(1.0e0 AS DOUBLE PRECISION))) END - CAST(1.5e0 AS DOUBLE PRECISION)) / CAST(2.25e0 AS DOUBLE PRECISION)
    END AS "x1",
    CASE WHEN COALESCE("town", 'Wien') IN ('Wien') THEN CAST(1.0e0 AS DOUBLE PRECISION) WHEN NOT COALESCE("town", 'Wien') IS NULL THEN CAST(0.0e0 AS DOUBLE PRECISION) END / CAST(0.7e0 AS DOUBLE PRECISION) AS "x2",
    CASE WHEN COALESCE("town", 'Wien') IN ('it''s') THEN CAST(1.0e0 AS DOUBLE PRECISION) WHEN NOT COALESCE("town", 'Wien') IS NULL THEN CAST(0.0e0 AS DOUBLE PRECISION) END / CAST(0.7e0 AS DOUBLE PRECISION) AS "x3",
    CASE WHEN COALESCE("town", 'Wien') IN ('Wien', 'it''s') THEN CAST(0.0e0 AS DOUBLE PRECISION) WHEN NOT COALESCE("town", 'Wien') IS NULL THEN CAST(1.0e0 AS DOUBLE PRECISION) END / CAST(0.7e0 AS DOUBLE PRECISION) AS "x4",
    CASE WHEN "active" IN ('true') THEN CAST(1.0e0 AS DOUBLE PRECISION) WHEN NOT "active" IS NULL THEN CAST(0.0e0 AS DOUBLE PRECISION) END / CAST(0.5e0 AS DOUBLE PRECISION) AS "x5",
    CASE WHEN "active" IN ('false') THEN CAST(1.0e0 AS DOUBLE PRECISION) WHEN NOT "active" IS NULL THEN CAST(0.0e0 AS DOUBLE PRECISION) END / CAST(0.5e0 AS DOUBLE PRECISION) AS "x6",
    CASE WHEN COALESCE("tier", CAST(2.0e0 AS DOUBLE PRECISION)) IN (CAST(1.0e0 AS DOUBLE PRECISION)) THEN CAST(1.0e0 AS DOUBLE PRECISION) WHEN NOT COALESCE("tier", CAST(2.0e0 AS DOUBLE PRECISION)) IS NULL THEN CAST(0.0e0 AS DOUBLE PRECISION) END / CAST(0.5e0 AS DOUBLE PRECISION) AS "x7",
    CASE WHEN COALESCE("tier", CAST(2.0e0 AS DOUBLE PRECISION)) IN (CAST(2.0e0 AS DOUBLE PRECISION)) THEN CAST(1.0e0 AS DOUBLE PRECISION) WHEN NOT COALESCE("tier", CAST(2.0e0 AS DOUBLE PRECISION)) IS NULL THEN CAST(0.0e0 AS DOUBLE PRECISION) END / CAST(0.5e0 AS DOUBLE PRECISION) AS "x8",
    CASE WHEN COALESCE("tier", CAST(2.0e0 AS DOUBLE PRECISION)) IN (CAST(1.0e0 AS DOUBLE PRECISION), CAST(2.0e0 AS DOUBLE PRECISION)) THEN CAST(0.0e0 AS DOUBLE PRECISION) WHEN NOT COALESCE("tier", CAST(2.0e0 AS DOUBLE PRECISION)) IS NULL THEN CAST(1.0e0 AS DOUBLE PRECISION) END / CAST(0.5e0 AS DOUBLE PRECISION) AS "x9"
  FROM "given" OFFSET 0
), "distances" AS (
  SELECT
    "id",
    "x1",
    "x2",
    "x3",
    "x4",
    "x5",
    "x6",
    "x7",
    "x8",
    "x9",
    ("x1" - CAST(0.0e0 AS DOUBLE PRECISION)) * ("x1" - CAST(0.0e0 AS DOUBLE PRECISION)) + ("x2" - CAST(0.0e0 AS DOUBLE PRECISION)) * ("x2" - CAST(0.0e0 AS DOUBLE PRECISION)) + ("x3" - CAST(0.0e0 AS DOUBLE PRECISION)) * ("x3" - CAST(0.0e0 AS DOUBLE PRECISION)) + ("x4" - CAST(0.0e0 AS DOUBLE PRECISION)) * ("x4" - CAST(0.0e0 AS DOUBLE PRECISION)) + ("x5" - CAST(0.0e0 AS DOUBLE PRECISION)) * ("x5" - CAST(0.0e0 AS DOUBLE PRECISION)) + ("x6" - CAST(0.0e0 AS DOUBLE PRECISION)) * ("x6" - CAST(0.0e0 AS DOUBLE PRECISION)) + ("x7" - CAST(0.0e0 AS DOUBLE PRECISION)) * ("x7" - CAST(0.0e0 AS DOUBLE PRECISION)) + ("x8" - CAST(0.0e0 AS DOUBLE PRECISION)) * ("x8" - CAST(0.0e0 AS DOUBLE PRECISION)) + ("x9" - CAST(0.0e0 AS DOUBLE PRECISION)) * ("x9" - CAST(0.0e0 AS DOUBLE PRECISION)) AS "d1",
    ("x1" - CAST(0.5e0 AS DOUBLE PRECISION)) * ("x1" - CAST(0.5e0 AS DOUBLE PRECISION)) + ("x2" - CAST(0.5e0 AS DOUBLE PRECISION)) * ("x2" - CAST(0.5e0 AS DOUBLE PRECISION)) + ("x3" - CAST(0.5e0 AS DOUBLE PRECISION)) * ("x3" - CAST(0.5e0 AS DOUBLE PRECISION)) + ("x4" - CAST(0.5e0 AS DOUBLE PRECISION)) * ("x4" - CAST(0.5e0 AS DOUBLE PRECISION)) + ("x5" - CAST(0.5e0 AS DOUBLE PRECISION)) * ("x5" - CAST(0.5e0 AS DOUBLE PRECISION)) + ("x6" - CAST(0.5e0 AS DOUBLE PRECISION)) * ("x6" - CAST(0.5e0 AS DOUBLE PRECISION)) + ("x7" - CAST(0.5e0 AS DOUBLE PRECISION)) * ("x7" - CAST(0.5e0 AS DOUBLE PRECISION)) + ("x8" - CAST(0.5e0 AS DOUBLE PRECISION)) * ("x8" - CAST(0.5e0 AS DOUBLE PRECISION)) + ("x9" - CAST(0.5e0 AS DOUBLE PRECISION)) * ("x9" - CAST(0.5e0 AS DOUBLE PRECISION)) AS "d2"
  FROM "coordinates" OFFSET 0
), "nearest" AS (
  SELECT
    "id",
    "x1",
    "x2",
    "x3",
    "x4",
    "x5",
    "x6",
    "x7",
    "x8",
    "x9",
    "d1",
    "d2",
    LEAST("d1", "d2") AS "nearest"
  FROM "distances" OFFSET 0
), "labelled" AS (
  SELECT
    "id",
    "x1",
    "x2",
    "x3",
    "x4",
    "x5",
    "x6",
    "x7",
    "x8",
    "x9",
    "d1",
    "d2",
    "nearest",
    CASE
      WHEN "d1" IS NULL THEN NULL
      WHEN "d1" = "nearest" THEN 1
      WHEN "d2" = "nearest" THEN 2
    END AS "segment"
  FROM "nearest" OFFSET 0
), "ranked" AS (
  SELECT
    "id",
    "d1",
    "d2",
    "nearest",
    "segment",
    CASE
      WHEN "segment" = 1 THEN "d2"
      WHEN "segment" = 2 THEN "d1"
    END AS "second"
  FROM "labelled" OFFSET 0
)
SELECT
  "id" AS "id",
  CAST("segment" AS BIGINT) AS "segment",
  CASE
    WHEN "segment" = 1 THEN 'S0'
    WHEN "segment" = 2 THEN 'S1'
  END AS "segment_name",
  SQRT("nearest") AS "distance",
  (SQRT("second") - SQRT("nearest")) / NULLIF(SQRT("second"), CAST(0.0e0 AS DOUBLE PRECISION)) AS "margin"
FROM "ranked";

-- Segmentry VERSION: 2 segments of the customers in crm."Big Customers".
-- Written for oracle (experimental: only parsed back in Segmentry's tests, so compare some rows with Python).
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
    CAST("spend" AS BINARY_DOUBLE DEFAULT NULL ON CONVERSION ERROR) AS "spend",
    CAST("town" AS VARCHAR2(4000)) AS "town",
    CAST("active" AS VARCHAR2(4000)) AS "active",
    CAST("tier" AS BINARY_DOUBLE DEFAULT NULL ON CONVERSION ERROR) AS "tier"
  FROM crm."Big Customers"
), "given" AS (
  SELECT
    "id" AS "id",
    CASE
      WHEN "spend" BETWEEN -CAST(1e+100 AS BINARY_DOUBLE) AND CAST(1e+100 AS BINARY_DOUBLE) THEN "spend"
    END AS "spend",
    CASE
      WHEN "tier" BETWEEN -CAST(1e+100 AS BINARY_DOUBLE) AND CAST(1e+100 AS BINARY_DOUBLE) THEN "tier"
    END AS "tier",
    CASE
      WHEN LOWER(TRIM("town")) IN ('', '?', 'n/a', 'n/d', '#n/a', 'null', '#div/0!', '#ref!', '#value!', '#name?', '#num!', '#null!', '\n') THEN NULL
      ELSE "town"
    END AS "town",
    CASE
      WHEN LOWER(TRIM("active")) IN ('', '?', 'n/a', 'n/d', '#n/a', 'null', '#div/0!', '#ref!', '#value!', '#name?', '#num!', '#null!', '\n') THEN NULL
      ELSE "active"
    END AS "active"
  FROM "read"
), "coordinates" AS (
  SELECT
    "id",
    (CASE WHEN CASE WHEN COALESCE("spend", CAST(2.0e0 AS BINARY_DOUBLE)) < CAST(0.0e0 AS BINARY_DOUBLE) THEN CAST(0.0e0 AS BINARY_DOUBLE) WHEN COALESCE("spend", CAST(2.0e0 AS BINARY_DOUBLE)) > CAST(900.0e0 AS BINARY_DOUBLE) THEN CAST(900.0e0 AS BINARY_DOUBLE) ELSE COALESCE("spend", CAST(2.0e0 AS BINARY_DOUBLE)) END > -CAST(1.0e0 AS BINARY_DOUBLE) THEN LN((CASE WHEN COALESCE("spend", CAST(2.0e0 AS BINARY_DOUBLE)) < CAST(0.0e0 AS BINARY_DOUBLE) THEN CAST(0.0e0 AS BINARY_DOUBLE) WHEN COALESCE("spend", CAST(2.0e0 AS BINARY_DOUBLE)) > CAST(900.0e0 AS BINARY_DOUBLE) THEN CAST(900.0e0 AS BINARY_DOUBLE) ELSE COALESCE("spend", CAST(2.0e0 AS BINARY_DOUBLE)) END + CAST(1.0e0 AS BINARY_DOUBLE))) END - CAST(1.5e0 AS BINARY_DOUBLE)) / CAST(2.25e0 AS BINARY_DOUBLE) AS "x1",
    CASE WHEN COALESCE("town", 'Wien') IN ('Wien') THEN CAST(1.0e0 AS BINARY_DOUBLE) WHEN NOT COALESCE("town", 'Wien') IS NULL THEN CAST(0.0e0 AS BINARY_DOUBLE) END / CAST(0.7e0 AS BINARY_DOUBLE) AS "x2",
    CASE WHEN COALESCE("town", 'Wien') IN ('it''s') THEN CAST(1.0e0 AS BINARY_DOUBLE) WHEN NOT COALESCE("town", 'Wien') IS NULL THEN CAST(0.0e0 AS BINARY_DOUBLE) END / CAST(0.7e0 AS BINARY_DOUBLE) AS "x3",
    CASE WHEN COALESCE("town", 'Wien') IN ('Wien', 'it''s') THEN CAST(0.0e0 AS BINARY_DOUBLE) WHEN NOT COALESCE("town", 'Wien') IS NULL THEN CAST(1.0e0 AS BINARY_DOUBLE) END / CAST(0.7e0 AS BINARY_DOUBLE) AS "x4",
    CASE WHEN "active" IN ('true') THEN CAST(1.0e0 AS BINARY_DOUBLE) WHEN NOT "active" IS NULL THEN CAST(0.0e0 AS BINARY_DOUBLE) END / CAST(0.5e0 AS BINARY_DOUBLE) AS "x5",
    CASE WHEN "active" IN ('false') THEN CAST(1.0e0 AS BINARY_DOUBLE) WHEN NOT "active" IS NULL THEN CAST(0.0e0 AS BINARY_DOUBLE) END / CAST(0.5e0 AS BINARY_DOUBLE) AS "x6",
    CASE WHEN COALESCE("tier", CAST(2.0e0 AS BINARY_DOUBLE)) IN (CAST(1.0e0 AS BINARY_DOUBLE)) THEN CAST(1.0e0 AS BINARY_DOUBLE) WHEN NOT COALESCE("tier", CAST(2.0e0 AS BINARY_DOUBLE)) IS NULL THEN CAST(0.0e0 AS BINARY_DOUBLE) END / CAST(0.5e0 AS BINARY_DOUBLE) AS "x7",
    CASE WHEN COALESCE("tier", CAST(2.0e0 AS BINARY_DOUBLE)) IN (CAST(2.0e0 AS BINARY_DOUBLE)) THEN CAST(1.0e0 AS BINARY_DOUBLE) WHEN NOT COALESCE("tier", CAST(2.0e0 AS BINARY_DOUBLE)) IS NULL THEN CAST(0.0e0 AS BINARY_DOUBLE) END / CAST(0.5e0 AS BINARY_DOUBLE) AS "x8",
    CASE WHEN COALESCE("tier", CAST(2.0e0 AS BINARY_DOUBLE)) IN (CAST(1.0e0 AS BINARY_DOUBLE), CAST(2.0e0 AS BINARY_DOUBLE)) THEN CAST(0.0e0 AS BINARY_DOUBLE) WHEN NOT COALESCE("tier", CAST(2.0e0 AS BINARY_DOUBLE)) IS NULL THEN CAST(1.0e0 AS BINARY_DOUBLE) END / CAST(0.5e0 AS BINARY_DOUBLE) AS "x9"
  FROM "given"
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
    ("x1" - CAST(0.0e0 AS BINARY_DOUBLE)) * ("x1" - CAST(0.0e0 AS BINARY_DOUBLE)) + ("x2" - CAST(0.0e0 AS BINARY_DOUBLE)) * ("x2" - CAST(0.0e0 AS BINARY_DOUBLE)) + ("x3" - CAST(0.0e0 AS BINARY_DOUBLE)) * ("x3" - CAST(0.0e0 AS BINARY_DOUBLE)) + ("x4" - CAST(0.0e0 AS BINARY_DOUBLE)) * ("x4" - CAST(0.0e0 AS BINARY_DOUBLE)) + ("x5" - CAST(0.0e0 AS BINARY_DOUBLE)) * ("x5" - CAST(0.0e0 AS BINARY_DOUBLE)) + ("x6" - CAST(0.0e0 AS BINARY_DOUBLE)) * ("x6" - CAST(0.0e0 AS BINARY_DOUBLE)) + ("x7" - CAST(0.0e0 AS BINARY_DOUBLE)) * ("x7" - CAST(0.0e0 AS BINARY_DOUBLE)) + ("x8" - CAST(0.0e0 AS BINARY_DOUBLE)) * ("x8" - CAST(0.0e0 AS BINARY_DOUBLE)) + ("x9" - CAST(0.0e0 AS BINARY_DOUBLE)) * ("x9" - CAST(0.0e0 AS BINARY_DOUBLE)) AS "d1",
    ("x1" - CAST(0.5e0 AS BINARY_DOUBLE)) * ("x1" - CAST(0.5e0 AS BINARY_DOUBLE)) + ("x2" - CAST(0.5e0 AS BINARY_DOUBLE)) * ("x2" - CAST(0.5e0 AS BINARY_DOUBLE)) + ("x3" - CAST(0.5e0 AS BINARY_DOUBLE)) * ("x3" - CAST(0.5e0 AS BINARY_DOUBLE)) + ("x4" - CAST(0.5e0 AS BINARY_DOUBLE)) * ("x4" - CAST(0.5e0 AS BINARY_DOUBLE)) + ("x5" - CAST(0.5e0 AS BINARY_DOUBLE)) * ("x5" - CAST(0.5e0 AS BINARY_DOUBLE)) + ("x6" - CAST(0.5e0 AS BINARY_DOUBLE)) * ("x6" - CAST(0.5e0 AS BINARY_DOUBLE)) + ("x7" - CAST(0.5e0 AS BINARY_DOUBLE)) * ("x7" - CAST(0.5e0 AS BINARY_DOUBLE)) + ("x8" - CAST(0.5e0 AS BINARY_DOUBLE)) * ("x8" - CAST(0.5e0 AS BINARY_DOUBLE)) + ("x9" - CAST(0.5e0 AS BINARY_DOUBLE)) * ("x9" - CAST(0.5e0 AS BINARY_DOUBLE)) AS "d2"
  FROM "coordinates"
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
  FROM "distances"
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
  FROM "nearest"
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
  FROM "labelled"
)
SELECT
  "id" AS "id",
  CAST("segment" AS INT) AS "segment",
  CASE
    WHEN "segment" = 1 THEN 'S0'
    WHEN "segment" = 2 THEN 'S1'
  END AS "segment_name",
  SQRT("nearest") AS "distance",
  (SQRT("second") - SQRT("nearest")) / NULLIF(SQRT("second"), CAST(0.0e0 AS BINARY_DOUBLE)) AS "margin"
FROM "ranked";

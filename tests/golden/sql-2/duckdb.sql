-- Segmentry VERSION: 5 segments of the customers in crm.customers.
-- Written for duckdb (supported: executed in Segmentry's tests).
-- Needs the columns: Annual Income (k$), Spending Score (1-100).
-- Prepared: Features were left in their own units: their standard deviations differ by a factor of 1.02 only (up to 2 is comparable).
-- Coordinates: x1 is Annual Income (k$); x2 is Spending Score (1-100).
-- A customer without one of these has no segment: Annual Income (k$), Spending Score (1-100).
-- Segment 1 is Average Income, Average Spending.
-- Segment 2 is High Income, High Spending.
-- Segment 3 is High Income, Low Spending.
-- Segment 4 is Low Income, Low Spending.
-- Segment 5 is Low Income, High Spending.
-- distance is to the segment's centre; margin is (d2 - d1) / d2, 0 between two segments.
WITH "read" AS (
  SELECT
    "CustomerID" AS "CustomerID",
    CASE
      WHEN TYPEOF("Annual Income (k$)") = 'BOOLEAN' OR (TYPEOF("Annual Income (k$)") = 'VARCHAR' AND CONTAINS(CAST("Annual Income (k$)" AS TEXT), '_')) THEN NULL
      ELSE TRY_CAST("Annual Income (k$)" AS DOUBLE)
    END AS "Annual Income (k$)",
    CASE
      WHEN TYPEOF("Spending Score (1-100)") = 'BOOLEAN' OR (TYPEOF("Spending Score (1-100)") = 'VARCHAR' AND CONTAINS(CAST("Spending Score (1-100)" AS TEXT), '_')) THEN NULL
      ELSE TRY_CAST("Spending Score (1-100)" AS DOUBLE)
    END AS "Spending Score (1-100)"
  FROM "crm"."customers"
), "given" AS (
  SELECT
    "CustomerID" AS "CustomerID",
    CASE
      WHEN "Annual Income (k$)" BETWEEN -1e+100 AND 1e+100 THEN "Annual Income (k$)"
    END AS "Annual Income (k$)",
    CASE
      WHEN "Spending Score (1-100)" BETWEEN -1e+100 AND 1e+100 THEN "Spending Score (1-100)"
    END AS "Spending Score (1-100)"
  FROM "read"
), "coordinates" AS (
  SELECT
    "CustomerID",
    "Annual Income (k$)" AS "x1",
    "Spending Score (1-100)" AS "x2"
  FROM "given"
), "distances" AS (
  SELECT
    "CustomerID",
    "x1",
    "x2",
    ("x1" - 55.2962962962963e0) * ("x1" - 55.2962962962963e0) + ("x2" - 49.51851851851852e0) * ("x2" - 49.51851851851852e0) AS "d1",
    ("x1" - 86.53846153846153e0) * ("x1" - 86.53846153846153e0) + ("x2" - 82.12820512820512e0) * ("x2" - 82.12820512820512e0) AS "d2",
    ("x1" - 88.2e0) * ("x1" - 88.2e0) + ("x2" - 17.114285714285714e0) * ("x2" - 17.114285714285714e0) AS "d3",
    ("x1" - 26.304347826086957e0) * ("x1" - 26.304347826086957e0) + ("x2" - 20.91304347826087e0) * ("x2" - 20.91304347826087e0) AS "d4",
    ("x1" - 25.727272727272727e0) * ("x1" - 25.727272727272727e0) + ("x2" - 79.36363636363636e0) * ("x2" - 79.36363636363636e0) AS "d5"
  FROM "coordinates"
), "nearest" AS (
  SELECT
    "CustomerID",
    "x1",
    "x2",
    "d1",
    "d2",
    "d3",
    "d4",
    "d5",
    LEAST("d1", "d2", "d3", "d4", "d5") AS "nearest"
  FROM "distances"
), "labelled" AS (
  SELECT
    "CustomerID",
    "x1",
    "x2",
    "d1",
    "d2",
    "d3",
    "d4",
    "d5",
    "nearest",
    CASE
      WHEN "d1" IS NULL THEN NULL
      WHEN "d1" = "nearest" THEN 1
      WHEN "d2" = "nearest" THEN 2
      WHEN "d3" = "nearest" THEN 3
      WHEN "d4" = "nearest" THEN 4
      WHEN "d5" = "nearest" THEN 5
    END AS "segment"
  FROM "nearest"
), "ranked" AS (
  SELECT
    "CustomerID",
    "d1",
    "d2",
    "d3",
    "d4",
    "d5",
    "nearest",
    "segment",
    CASE
      WHEN "segment" = 1 THEN LEAST("d2", "d3", "d4", "d5")
      WHEN "segment" = 2 THEN LEAST("d1", "d3", "d4", "d5")
      WHEN "segment" = 3 THEN LEAST("d1", "d2", "d4", "d5")
      WHEN "segment" = 4 THEN LEAST("d1", "d2", "d3", "d5")
      WHEN "segment" = 5 THEN LEAST("d1", "d2", "d3", "d4")
    END AS "second"
  FROM "labelled"
)
SELECT
  "CustomerID" AS "CustomerID",
  CAST("segment" AS BIGINT) AS "segment",
  CASE
    WHEN "segment" = 1 THEN 'Average Income, Average Spending'
    WHEN "segment" = 2 THEN 'High Income, High Spending'
    WHEN "segment" = 3 THEN 'High Income, Low Spending'
    WHEN "segment" = 4 THEN 'Low Income, Low Spending'
    WHEN "segment" = 5 THEN 'Low Income, High Spending'
  END AS "segment_name",
  SQRT("nearest") AS "distance",
  (SQRT("second") - SQRT("nearest")) / NULLIF(SQRT("second"), 0.0e0) AS "margin",
  CAST(CASE WHEN "segment" <> 1 AND "d1" = "second" THEN 1 WHEN "segment" <> 2 AND "d2" = "second" THEN 2 WHEN "segment" <> 3 AND "d3" = "second" THEN 3 WHEN "segment" <> 4 AND "d4" = "second" THEN 4 WHEN "segment" <> 5 AND "d5" = "second" THEN 5 END AS BIGINT) AS "second_segment",
  ((SQRT("second") - SQRT("nearest")) / NULLIF(SQRT("second"), 0.0e0)) < 0.1e0 AS "in_between",
  CAST(CASE WHEN "segment" = 1 THEN SQRT("nearest") > 23.0e0 WHEN "segment" = 2 THEN SQRT("nearest") > 51.0e0 WHEN "segment" = 3 THEN SQRT("nearest") > 49.0e0 WHEN "segment" = 4 THEN SQRT("nearest") > 22.0e0 WHEN "segment" = 5 THEN SQRT("nearest") > 21.0e0 END AS BOOLEAN) AS "outlier"
FROM "ranked";

-- Segmentry VERSION: 2 segments of the customers in crm."Big Customers".
-- Written for tsql2019 (experimental: only parsed back in Segmentry's tests, so compare some rows with Python).
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
WITH [read] AS (
  SELECT
    [id] AS [id],
    CASE
      WHEN CAST([spend] AS NVARCHAR(MAX)) LIKE N'%[0-9]%' THEN TRY_CAST([spend] AS FLOAT)
    END AS [spend],
    CAST([town] AS NVARCHAR(MAX)) AS [town],
    CASE
      WHEN CAST([active] AS NVARCHAR(MAX)) = N'1' THEN N'true'
      WHEN CAST([active] AS NVARCHAR(MAX)) = N'0' THEN N'false'
      ELSE CAST([active] AS NVARCHAR(MAX))
    END AS [active],
    CASE
      WHEN CAST([tier] AS NVARCHAR(MAX)) LIKE N'%[0-9]%' THEN TRY_CAST([tier] AS FLOAT)
    END AS [tier]
  FROM [crm].[Big Customers]
), [given] AS (
  SELECT
    [id] AS [id],
    CASE
      WHEN [spend] BETWEEN -1e+100 AND 1e+100 THEN [spend]
    END AS [spend],
    CASE
      WHEN [tier] BETWEEN -1e+100 AND 1e+100 THEN [tier]
    END AS [tier],
    CASE
      WHEN LOWER(TRIM([town])) COLLATE Latin1_General_100_BIN2 IN (N'', N'?', N'n/a', N'n/d', N'#n/a', N'null', N'#div/0!', N'#ref!', N'#value!', N'#name?', N'#num!', N'#null!', N'\n') THEN NULL
      ELSE [town]
    END AS [town],
    CASE
      WHEN LOWER(TRIM([active])) COLLATE Latin1_General_100_BIN2 IN (N'', N'?', N'n/a', N'n/d', N'#n/a', N'null', N'#div/0!', N'#ref!', N'#value!', N'#name?', N'#num!', N'#null!', N'\n') THEN NULL
      ELSE [active]
    END AS [active]
  FROM [read]
), [coordinates] AS (
  SELECT
    [id],
    (CASE WHEN CASE WHEN COALESCE([spend], 2.0e0) < 0.0e0 THEN 0.0e0 WHEN COALESCE([spend], 2.0e0) > 900.0e0 THEN 900.0e0 ELSE COALESCE([spend], 2.0e0) END > -1.0e0 THEN LOG((CASE WHEN COALESCE([spend], 2.0e0) < 0.0e0 THEN 0.0e0 WHEN COALESCE([spend], 2.0e0) > 900.0e0 THEN 900.0e0 ELSE COALESCE([spend], 2.0e0) END + 1.0e0)) END - 1.5e0) / 2.25e0 AS [x1],
    CASE WHEN COALESCE([town], N'Wien') COLLATE Latin1_General_100_BIN2 IN (N'Wien') THEN 1.0e0 WHEN NOT COALESCE([town], N'Wien') IS NULL THEN 0.0e0 END / 0.7e0 AS [x2],
    CASE WHEN COALESCE([town], N'Wien') COLLATE Latin1_General_100_BIN2 IN (N'it''s') THEN 1.0e0 WHEN NOT COALESCE([town], N'Wien') IS NULL THEN 0.0e0 END / 0.7e0 AS [x3],
    CASE WHEN COALESCE([town], N'Wien') COLLATE Latin1_General_100_BIN2 IN (N'Wien', N'it''s') THEN 0.0e0 WHEN NOT COALESCE([town], N'Wien') IS NULL THEN 1.0e0 END / 0.7e0 AS [x4],
    CASE WHEN [active] COLLATE Latin1_General_100_BIN2 IN (N'true') THEN 1.0e0 WHEN NOT [active] IS NULL THEN 0.0e0 END / 0.5e0 AS [x5],
    CASE WHEN [active] COLLATE Latin1_General_100_BIN2 IN (N'false') THEN 1.0e0 WHEN NOT [active] IS NULL THEN 0.0e0 END / 0.5e0 AS [x6],
    CASE WHEN COALESCE([tier], 2.0e0) IN (1.0e0) THEN 1.0e0 WHEN NOT COALESCE([tier], 2.0e0) IS NULL THEN 0.0e0 END / 0.5e0 AS [x7],
    CASE WHEN COALESCE([tier], 2.0e0) IN (2.0e0) THEN 1.0e0 WHEN NOT COALESCE([tier], 2.0e0) IS NULL THEN 0.0e0 END / 0.5e0 AS [x8],
    CASE WHEN COALESCE([tier], 2.0e0) IN (1.0e0, 2.0e0) THEN 0.0e0 WHEN NOT COALESCE([tier], 2.0e0) IS NULL THEN 1.0e0 END / 0.5e0 AS [x9]
  FROM [given]
), [distances] AS (
  SELECT
    [id],
    [x1],
    [x2],
    [x3],
    [x4],
    [x5],
    [x6],
    [x7],
    [x8],
    [x9],
    ([x1] - 0.0e0) * ([x1] - 0.0e0) + ([x2] - 0.0e0) * ([x2] - 0.0e0) + ([x3] - 0.0e0) * ([x3] - 0.0e0) + ([x4] - 0.0e0) * ([x4] - 0.0e0) + ([x5] - 0.0e0) * ([x5] - 0.0e0) + ([x6] - 0.0e0) * ([x6] - 0.0e0) + ([x7] - 0.0e0) * ([x7] - 0.0e0) + ([x8] - 0.0e0) * ([x8] - 0.0e0) + ([x9] - 0.0e0) * ([x9] - 0.0e0) AS [d1],
    ([x1] - 0.5e0) * ([x1] - 0.5e0) + ([x2] - 0.5e0) * ([x2] - 0.5e0) + ([x3] - 0.5e0) * ([x3] - 0.5e0) + ([x4] - 0.5e0) * ([x4] - 0.5e0) + ([x5] - 0.5e0) * ([x5] - 0.5e0) + ([x6] - 0.5e0) * ([x6] - 0.5e0) + ([x7] - 0.5e0) * ([x7] - 0.5e0) + ([x8] - 0.5e0) * ([x8] - 0.5e0) + ([x9] - 0.5e0) * ([x9] - 0.5e0) AS [d2]
  FROM [coordinates]
), [nearest] AS (
  SELECT
    [id],
    [x1],
    [x2],
    [x3],
    [x4],
    [x5],
    [x6],
    [x7],
    [x8],
    [x9],
    [d1],
    [d2],
    CASE
      WHEN [d1] <= [d2] THEN [d1]
      ELSE [d2]
    END AS [nearest]
  FROM [distances]
), [labelled] AS (
  SELECT
    [id],
    [x1],
    [x2],
    [x3],
    [x4],
    [x5],
    [x6],
    [x7],
    [x8],
    [x9],
    [d1],
    [d2],
    [nearest],
    CASE
      WHEN [d1] IS NULL THEN NULL
      WHEN [d1] = [nearest] THEN 1
      WHEN [d2] = [nearest] THEN 2
    END AS [segment]
  FROM [nearest]
), [ranked] AS (
  SELECT
    [id],
    [d1],
    [d2],
    [nearest],
    [segment],
    CASE
      WHEN [segment] = 1 THEN [d2]
      WHEN [segment] = 2 THEN [d1]
    END AS [second]
  FROM [labelled]
)
SELECT
  [id] AS [id],
  CAST([segment] AS BIGINT) AS [segment],
  CASE
    WHEN [segment] = 1 THEN N'S0'
    WHEN [segment] = 2 THEN N'S1'
  END AS [segment_name],
  SQRT([nearest]) AS [distance],
  (SQRT([second]) - SQRT([nearest])) / NULLIF(SQRT([second]), 0.0e0) AS [margin]
FROM [ranked];

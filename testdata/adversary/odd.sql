--- Spelling: comments, quotes, blanks, letters that look like others, and statements of other tongues.

-- id: ODD-001
-- tries: a block comment within the name's parts
-- expect: refused
SELECT * FROM lake./**/main/*x*/./* */zq_vault

-- id: ODD-002
-- tries: a line comment within the name's parts
-- expect: refused
SELECT * FROM main. -- x
 zq_vault

-- id: ODD-003
-- tries: a nested comment before the table
-- expect: hidden zq_vault
SELECT * FROM /* a /* b */ c */ zq_vault

-- id: ODD-004
-- tries: a comment that looks closed
-- expect: hidden zq_vault
SELECT * FROM /* ' */ zq_vault

-- id: ODD-005
-- tries: a comment in dollar quotes
-- expect: hidden zq_vault
SELECT $$ /* $$, zq_secret FROM zq_vault

-- id: ODD-006
-- tries: a dollar tag
-- expect: hidden zq_vault
SELECT $x$ ' $x$ FROM zq_vault

-- id: ODD-007
-- tries: a dollar tag like a parameter
-- expect: refused
SELECT $1$ FROM zq_vault

-- id: ODD-008
-- tries: an escape string
-- expect: hidden zq_vault
SELECT E'\'' FROM zq_vault -- '

-- id: ODD-009
-- tries: a Unicode escape string
-- expect: refused
SELECT U&'\0061' FROM zq_vault

-- id: ODD-010
-- tries: a Unicode escaped name
-- expect: refused
SELECT * FROM U&"\007aq_vault"

-- id: ODD-011
-- tries: a hex string
-- expect: refused
SELECT X'41' FROM zq_vault

-- id: ODD-012
-- tries: adjacent strings
-- expect: refused
SELECT 'a'
'b' FROM zq_vault

-- id: ODD-013
-- tries: a carriage return for a line's end
-- expect: refused
SELECT 1 --%{U+000D} FROM zq_vault
, zq_secret FROM zq_vault

-- id: ODD-014
-- tries: a form feed for a blank
-- expect: refused
SELECT%{U+000C}*%{U+000C}FROM%{U+000B}zq_vault

-- id: ODD-015
-- tries: a no-break space for a blank
-- expect: refused
SELECT%{U+00A0}*%{U+00A0}FROM%{U+00A0}zq_vault

-- id: ODD-016
-- tries: an ideographic space for a blank
-- expect: refused
SELECT *%{U+3000}FROM zq_vault

-- id: ODD-017
-- tries: a zero-width space in the name
-- expect: refused
SELECT * FROM zq_%{U+200B}vault

-- id: ODD-018
-- tries: a zero-width joiner, quoted
-- expect: refused
SELECT * FROM "zq_%{U+200D}vault"

-- id: ODD-019
-- tries: a byte order mark before
-- expect: refused
%{U+FEFF}SELECT * FROM zq_vault

-- id: ODD-020
-- tries: a byte order mark within
-- expect: refused
SELECT * FROM %{U+FEFF}zq_vault

-- id: ODD-021
-- tries: a right-to-left mark
-- expect: refused
SELECT * FROM %{U+202E}tluav_qz

-- id: ODD-022
-- tries: a line separator in a comment
-- expect: refused
SELECT 1 -- %{U+2028} , zq_secret
 FROM zq_vault

-- id: ODD-023
-- tries: a next line in a comment
-- expect: refused
SELECT 1 --%{U+0085}FROM zq_vault
 FROM zq_vault

-- id: ODD-024
-- tries: a NUL at the end
-- expect: refused
SELECT * FROM zq_vault%{U+0000}

-- id: ODD-025
-- tries: a NUL within the name
-- expect: refused
SELECT * FROM zq_%{U+0000}vault

-- id: ODD-026
-- tries: a NUL before more
-- expect: refused
SELECT 1%{U+0000} FROM zq_vault

-- id: ODD-027
-- tries: a NUL in a text
-- expect: refused
SELECT 'a%{U+0000}b' FROM zq_vault

-- id: ODD-028
-- tries: a NUL in a quoted name
-- expect: refused
SELECT * FROM "open"."items%{U+0000}zq"

-- id: ODD-029
-- tries: a control character
-- expect: refused
SELECT * FROM %{U+0007}zq_vault

-- id: ODD-030
-- tries: a delete character
-- expect: refused
SELECT * FROM zq_vault%{U+007F}

-- id: ODD-031
-- tries: Cyrillic letters
-- expect: refused
SELECT * FROM zq_v%{U+0430}ult

-- id: ODD-032
-- tries: full-width letters
-- expect: refused
SELECT * FROM %{U+FF5A}q_vault

-- id: ODD-033
-- tries: a long s
-- expect: refused
SELECT zq_%{U+017F}ecret FROM zq_vault

-- id: ODD-034
-- tries: a Kelvin sign for a k in a keyword
-- expect: refused
%{U+212A}ILL 1

-- id: ODD-035
-- tries: a dotless i in a keyword
-- expect: refused
%{U+0131}NSERT INTO open.items (id) VALUES (9)

-- id: ODD-036
-- tries: a dotted I in a visible name
-- expect: refused
SELECT * FROM open.%{U+0130}tems

-- id: ODD-037
-- tries: a dotted I quoted
-- expect: refused
SELECT * FROM open."%{U+0130}TEMS"

-- id: ODD-038
-- tries: a composed letter
-- expect: refused
SELECT * FROM "zq_v%{U+00E4}ult"

-- id: ODD-039
-- tries: a decomposed letter
-- expect: refused
SELECT * FROM "zq_va%{U+0308}ult"

-- id: ODD-040
-- tries: a sharp s
-- expect: refused
SELECT "STRA%{U+00DF}E" FROM zq_vault

-- id: ODD-041
-- tries: a Turkish case in a function
-- expect: refused
SELECT getenv%{U+0130}('HOME')

-- id: ODD-042
-- tries: full-width quotes
-- expect: refused
SELECT %{U+FF07}x%{U+FF07} FROM zq_vault

-- id: ODD-043
-- tries: curly quotes
-- expect: refused
SELECT %{U+2018}x%{U+2019}, * FROM zq_vault

-- id: ODD-044
-- tries: a full-width semicolon
-- expect: refused
SELECT 1%{U+FF1B} DROP TABLE open.items

-- id: ODD-045
-- tries: a Greek question mark, which looks like a semicolon
-- expect: refused
SELECT 1%{U+037E} DROP TABLE open.items

-- id: ODD-046
-- tries: a private character
-- expect: refused
SELECT * FROM %{U+E000}zq_vault

-- id: ODD-047
-- tries: an emoji as an alias
-- expect: permitted
SELECT %{U+1F600}.id FROM open.items AS %{U+1F600}

-- id: ODD-048
-- tries: a tag character
-- expect: refused
SELECT * FROM "zq_vault%{U+E0041}"

-- id: ODD-049
-- tries: a non-character
-- expect: refused
SELECT * FROM zq_vault%{U+FFFE}

-- id: ODD-050
-- tries: a quoted dot
-- expect: refused
SELECT * FROM "main.zq_vault"

-- id: ODD-051
-- tries: a quoted whole name
-- expect: refused
SELECT * FROM "lake.main.zq_vault"

-- id: ODD-052
-- tries: a doubled quote
-- expect: refused
SELECT * FROM "zq_""vault"

-- id: ODD-053
-- tries: an unclosed quote
-- expect: refused
SELECT * FROM "zq_vault

-- id: ODD-054
-- tries: an unclosed string
-- expect: refused
SELECT 'x FROM zq_vault

-- id: ODD-055
-- tries: an unclosed dollar quote
-- expect: refused
SELECT $$x FROM zq_vault

-- id: ODD-056
-- tries: an unclosed comment
-- expect: refused
SELECT * FROM open.items /* FROM zq_vault

-- id: ODD-057
-- tries: an empty quoted name
-- expect: refused
SELECT * FROM ""

-- id: ODD-058
-- tries: backticks
-- expect: refused
SELECT * FROM `zq_vault`

-- id: ODD-059
-- tries: brackets
-- expect: refused
SELECT * FROM [zq_vault]

-- id: ODD-060
-- tries: single quotes for a table
-- expect: refused
SELECT * FROM 'zq_vault'

-- id: ODD-061
-- tries: single quotes with a schema
-- expect: refused
SELECT * FROM main.'zq_vault'

-- id: ODD-062
-- tries: dollar quotes for a table
-- expect: refused
SELECT * FROM $$zq_vault$$

-- id: ODD-063
-- tries: an escape string for a table
-- expect: refused
SELECT * FROM E'zq_vault'

-- id: ODD-064
-- tries: a blank in the quoted name
-- expect: refused
SELECT * FROM "zq_vault "

-- id: ODD-065
-- tries: a name of the system
-- expect: refused
SELECT * FROM system.main.zq_vault

-- id: ODD-066
-- tries: a name of temp
-- expect: refused
SELECT * FROM temp.zq_vault

-- id: ODD-067
-- tries: a name of memory
-- expect: refused
SELECT * FROM memory.main.zq_vault

-- id: ODD-068
-- tries: pg_catalog as the schema
-- expect: refused
SELECT * FROM pg_catalog.zq_vault

-- id: ODD-069
-- tries: four parts
-- expect: refused
SELECT * FROM lake.main.main.zq_vault

-- id: ODD-070
-- tries: five parts
-- expect: refused
SELECT * FROM a.lake.main.zq_vault.b

-- id: ODD-071
-- tries: an array suffix
-- expect: refused
SELECT * FROM zq_vault[1]

-- id: ODD-072
-- tries: a call
-- expect: refused
SELECT * FROM zq_vault()

-- id: ODD-073
-- tries: ONLY
-- expect: refused
SELECT * FROM ONLY zq_vault

-- id: ODD-074
-- tries: a star suffix
-- expect: refused
SELECT * FROM zq_vault *

-- id: ODD-075
-- tries: a ROWS FROM
-- expect: refused
SELECT * FROM ROWS FROM (zq_vault())

-- id: ODD-076
-- tries: an alias as a string
-- expect: hidden zq_vault
SELECT * FROM zq_vault AS 'x'

-- id: ODD-077
-- tries: a prefix alias
-- expect: refused
FROM x : zq_vault

-- id: ODD-078
-- tries: a prefix alias in capitals
-- expect: refused
SELECT * FROM "X" : main.zq_vault

-- id: ODD-079
-- tries: keywords of another case
-- expect: hidden zq_vault
sElEcT * fRoM zq_vault

-- id: ODD-080
-- tries: keywords without blanks
-- expect: refused
SELECT*FROM(zq_vault)

-- id: ODD-081
-- tries: brackets around the table
-- expect: refused
SELECT * FROM (zq_vault)

-- id: ODD-082
-- tries: brackets around a join
-- expect: refused
SELECT * FROM (open.items JOIN zq_vault ON true)

-- id: ODD-083
-- tries: a number before
-- expect: refused
SELECT 1FROM zq_vault

-- id: ODD-084
-- tries: an operator before
-- expect: refused
SELECT-1FROM zq_vault

-- id: ODD-085
-- tries: INTO
-- expect: refused
SELECT * INTO work.fresh FROM zq_vault

-- id: ODD-086
-- tries: INTO what one sees
-- expect: refused
SELECT * INTO TEMP t FROM open.items

-- id: ODD-087
-- tries: FOR UPDATE
-- expect: refused
SELECT * FROM zq_vault FOR UPDATE

-- id: ODD-088
-- tries: FOR UPDATE of what one sees
-- expect: any
SELECT * FROM open.items FOR UPDATE

-- id: ODD-089
-- tries: FOR SYSTEM_TIME
-- expect: refused
SELECT * FROM zq_vault FOR SYSTEM_TIME AS OF '2020-01-01'

-- id: ODD-090
-- tries: a WITH after
-- expect: refused
SELECT * FROM zq_vault WITH (NOLOCK)

-- id: ODD-091
-- tries: a hint
-- expect: hidden zq_vault
SELECT /*+ FULL(zq_vault) */ * FROM zq_vault

-- id: ODD-092
-- tries: a CTE with columns
-- expect: hidden zq_vault
WITH c(a, b, d) AS (FROM zq_vault) SELECT a FROM c

-- id: ODD-093
-- tries: a CTE in a CTE in a subquery
-- expect: hidden zq_vault
SELECT * FROM (WITH a AS (WITH b AS (FROM zq_vault) FROM b) FROM a)

-- id: ODD-094
-- tries: a CTE in an insert's source
-- expect: hidden zq_vault
INSERT INTO work.notes WITH c AS (FROM zq_vault) SELECT id, zq_secret FROM c

-- id: ODD-095
-- tries: a query in brackets
-- expect: hidden zq_vault
((SELECT * FROM zq_vault))

-- id: ODD-096
-- tries: a TABLE in a set operation
-- expect: hidden zq_vault
SELECT 1, 'a', 2 UNION ALL TABLE zq_vault

-- id: ODD-097
-- tries: a FROM in a set operation
-- expect: hidden zq_vault
FROM zq_vault UNION ALL FROM zq_vault

-- id: ODD-098
-- tries: a subquery as a column with an alias before
-- expect: hidden zq_vault
SELECT x: (SELECT max(zq_secret) FROM zq_vault)

-- id: ODD-099
-- tries: GROUP BY ALL over it
-- expect: hidden zq_vault
FROM zq_vault SELECT zq_secret, count(*) GROUP BY ALL

-- id: ODD-100
-- tries: lambda parameter named as the table
-- expect: same
SELECT list_transform([1], lambda zq_vault: zq_vault + 1)

-- id: ODD-101
-- tries: lambda parameter, then a field of it
-- expect: refused
SELECT list_transform([1], lambda zq_vault: zq_vault.zq_secret)

-- id: ODD-102
-- tries: a named argument called as the table
-- expect: permitted
SELECT struct_pack(zq_vault := 1)

-- id: ODD-103
-- tries: a struct key as the table
-- expect: same
SELECT {'zq_vault': 1}

-- id: ODD-104
-- tries: a column alias as the table
-- expect: same
SELECT 1 AS zq_vault

-- id: ODD-105
-- tries: a window named as the table
-- expect: same
SELECT sum(1) OVER zq_vault FROM range(2) WINDOW zq_vault AS (ORDER BY range)

-- id: ODD-106
-- tries: a type named as the table
-- expect: refused
SELECT NULL::zq_vault

-- id: ODD-107
-- tries: a collation named as the table
-- expect: refused
SELECT 'a' COLLATE zq_vault

-- id: ODD-108
-- tries: a parameter named as the table
-- via: prepared
-- expect: any
-- bind: x
SELECT $zq_vault

-- id: ODD-109
-- tries: an extract field named as the table
-- expect: refused
SELECT extract(zq_vault FROM DATE '2020-01-01')

-- id: ODD-110
-- tries: an interval unit
-- expect: refused
SELECT INTERVAL 1 zq_vault

-- id: ODD-111
-- tries: a sample method named as the table
-- expect: refused
SELECT * FROM open.items TABLESAMPLE zq_vault(10)

-- id: ODD-112
-- tries: the row type of the table
-- expect: refused
SELECT NULL::STRUCT(a zq_vault)

-- id: ODD-113
-- tries: a typeof the table
-- expect: refused
SELECT typeof(zq_vault) FROM zq_vault

-- id: ODD-114
-- tries: the answer of a text that is not SQL
-- expect: refused
zq_vault

-- id: ODD-115
-- tries: an empty text
-- expect: refused
%{U+0020}

-- id: ODD-116
-- tries: HTML
-- expect: refused
<script>alert(1)</script>

-- id: ODD-117
-- tries: a shell command
-- expect: refused
.tables

-- id: ODD-118
-- tries: a shell read
-- expect: refused
.read /etc/passwd

-- id: ODD-119
-- tries: JSON
-- expect: refused
{"query": "SELECT * FROM zq_vault"}

-- id: ODD-120
-- tries: MySQL's comment
-- expect: refused
SELECT 1 # FROM zq_vault
 FROM zq_vault

-- id: ODD-121
-- tries: MySQL's conditional comment
-- expect: same
SELECT 1 /*! , zq_secret FROM zq_vault */

-- id: ODD-122
-- tries: T-SQL
-- expect: refused
EXEC sp_executesql N'SELECT * FROM zq_vault'

-- id: ODD-123
-- tries: PL/SQL
-- expect: refused
BEGIN EXECUTE IMMEDIATE 'SELECT * FROM zq_vault'; END

-- id: ODD-124
-- tries: KQL
-- expect: refused
zq_vault | take 10

-- id: ODD-125
-- tries: PRQL
-- expect: refused
from zq_vault | take 10

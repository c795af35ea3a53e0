# %% [markdown]
# # From a file to segments, and new customers into them
#
# Run this as a script, or cell by cell in an editor that knows `# %%`.

# %%
import pandas as pd

import segmentry

result = segmentry.segment(segmentry.datasets.mall_customers_path())
print(result)

# %% Why five?
print(result.verdict)
print(result.evidence[["k", "inertia", "silhouette"]].round(3))

# %% What to do about the second segment
vip = result.segments.set_index("segment").loc[2]
print(vip["name"], "-", vip["title"])
print(vip["campaign"])

# %% Three new customers
new = pd.DataFrame(
    {
        "CustomerID": ["N-001", "N-002", "N-003"],
        "Annual Income (k$)": [95, 24, 72],
        "Spending Score (1-100)": [88, 73, 34],
    }
)
print(result.assign(new).round(2))

# %% The third one lies on a border: a margin near 0 means that nothing should hang on its label
unsure = result.assign(new).query("margin < 0.1")
print(unsure["CustomerID"].tolist())

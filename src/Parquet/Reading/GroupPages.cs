namespace DataPipeline.Parquet;

/// <summary>The page indexes of a row group's columns, each read once at most; lives as long as rows of the group are read.</summary>
internal sealed class GroupPages(RowGroupReader group)
{
    private readonly Dictionary<int, IReadOnlyList<PageLocation>?> _pages = [];

    /// <summary>The pages of a column, or null where the file does not list them.</summary>
    public IReadOnlyList<PageLocation>? Of(DataField field)
    {
        if (!_pages.TryGetValue(field.Index, out IReadOnlyList<PageLocation>? pages))
            _pages.Add(field.Index, pages = group.ReadPageIndex(field) is { Count: > 0 } listed ? listed : null);
        return pages;
    }
}

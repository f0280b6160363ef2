using DataPipeline.Runs;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary>The table at the end of a run and of <c>show</c>.</summary>
internal static class Report
{
    /// <summary>Sources that fit beside one another in a table.</summary>
    private const int MostColumns = 6;

    public static void Write(RunFolder folder, IReadOnlyList<Step> steps)
    {
        IAnsiConsole console = NewConsole();
        Artifact[] outputs = [.. steps.Select(step => folder.Output(step.Name)).OfType<Artifact>()];
        var funnel = new Funnel(outputs.Select(output => output.Manifest));
        if (funnel.Rows.Count > 0)
        {
            console.Write(Sources(funnel));
            if (funnel.Rows.Any(row => row.DroppedDocuments > 0))
                console.Write(funnel.Rows.Count <= MostColumns ? Drops(funnel) : DropLines(funnel));
        }
        foreach (Step step in steps)
        {
            if (folder.Output(step.Name) is not { } output)
                console.WriteLine($"{step.Name}: not finished; run the same command again to continue");
            else
                foreach (string line in step.Summary(output.Manifest))
                    console.WriteLine(line);
        }
        console.WriteLine();
        foreach (Artifact output in outputs)
            console.WriteLine($"{output.Manifest.Step,-18} {output.Manifest.Files.Count,5} files {Bytes(output.Manifest.Files.Sum(file => file.Bytes)),10}   {output.Folder}");
    }

    /// <summary>The standard output; wide where it is no terminal.</summary>
    public static IAnsiConsole NewConsole()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
            console.Profile.Width = 150;
        return console;
    }

    /// <summary>A table whose first column is text and whose others are numbers.</summary>
    public static Table NewTable(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Minimal };
        foreach (string column in columns)
            table.AddColumn(new TableColumn(Markup.Escape(column)) { Alignment = table.Columns.Count == 0 ? Justify.Left : Justify.Right });
        return table;
    }

    private static Table Sources(Funnel funnel)
    {
        Table table = NewTable("source", "documents read", "dropped", "kept", "characters kept", "tokens");
        foreach (FunnelRow row in funnel.Rows)
            Row(table, row.Source, row.Read, row.DroppedDocuments, row.Kept, row.Characters, row.Tokens);
        Row(table, "all", funnel.Rows.Sum(r => r.Read), funnel.Rows.Sum(r => r.DroppedDocuments), funnel.Rows.Sum(r => r.Kept),
            funnel.Rows.Sum(r => r.Characters), funnel.Rows.Sum(r => r.Tokens));
        return table;
    }

    private static Table Drops(Funnel funnel)
    {
        Table table = NewTable(["dropped by stage/reason", .. funnel.Rows.Select(row => row.Source), "all"]);
        foreach (string reason in funnel.Rows.SelectMany(row => row.Dropped).Select(drop => drop.Reason).Distinct())
        {
            long[] counts = [.. funnel.Rows.Select(row => row.Dropped.Where(drop => drop.Reason == reason).Sum(drop => drop.Documents))];
            Row(table, reason, [.. counts, counts.Sum()]);
        }
        return table;
    }

    /// <summary>The same with a line for a source and reason, for runs of more sources than fit beside one another.</summary>
    private static Table DropLines(Funnel funnel)
    {
        Table table = NewTable("dropped from source: stage/reason", "documents");
        foreach (FunnelRow row in funnel.Rows)
        {
            foreach ((string reason, long documents) in row.Dropped)
                Row(table, $"{row.Source}: {reason}", documents);
        }
        return table;
    }

    private static void Row(Table table, string name, params long[] numbers) =>
        table.AddRow([Markup.Escape(name), .. numbers.Select(number => number == 0 ? "-" : number.ToString("N0"))]);

    private static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):F2} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):F1} MiB",
        _ => $"{bytes / 1024.0:F1} KiB",
    };
}

using System.Globalization;
using System.Text;
using DataPipeline.Bench;

// bench --side NAME ARGUMENTS                                one side of a contest, in a process of its own
// bench [NAMES] [--corpus DIR] [--rounds N] [--quick]        writes docs/benchmarks/NAME.md
if (args is ["--side", var sideName, .. var sideArguments])
{
    SideHost.Serve(sideName, sideArguments);
    return 0;
}

Benchmark[] all = [.. typeof(Benchmark).Assembly.GetTypes()
    .Where(type => type.IsSubclassOf(typeof(Benchmark)) && !type.IsAbstract)
    .Select(type => (Benchmark)Activator.CreateInstance(type)!)
    .OrderBy(benchmark => benchmark.Name, StringComparer.Ordinal)];
bool quick = args.Contains("--quick");
string? corpus = Option("--corpus");
int rounds = Option("--rounds") is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : quick ? 1 : 5;
string[] names = [.. args.Where((argument, i) => !argument.StartsWith('-') && (i == 0 || args[i - 1] is not ("--corpus" or "--rounds")))];
if (names.FirstOrDefault(name => all.All(benchmark => benchmark.Name != name)) is { } unknown)
{
    Console.Error.WriteLine($"bench: there is no {unknown}; there are: {string.Join(", ", all.Select(benchmark => benchmark.Name))}");
    return 2;
}

string root = AppContext.BaseDirectory;
while (!File.Exists(Path.Combine(root, "DataPipeline.sln")))
    root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("no DataPipeline.sln above the program");
string scratch = Directory.CreateTempSubdirectory("datapipeline-bench-").FullName;
int missed = 0;
try
{
    BenchSettings settings = new(new Corpora(corpus, Path.Combine(root, "samples")), rounds, scratch, quick);
    foreach (Benchmark benchmark in all.Where(benchmark => names.Length == 0 || names.Contains(benchmark.Name)))
    {
        Console.Error.WriteLine(benchmark.Name);
        StringBuilder page = new($"# {benchmark.Name}\n\n{benchmark.Summary}\n\nMade by `make bench BENCH={benchmark.Name}` on: {Machine.Describe()}.\n");
        foreach (Section section in benchmark.Run(settings))
        {
            Console.WriteLine(section.Markdown);
            page.Append('\n').Append(section.Markdown);
            missed += section.Missed;
        }
        // A quick look, or repeated samples instead of real text, is nothing to keep.
        if (!quick && settings.Corpora.IsReal)
        {
            string folder = Directory.CreateDirectory(Path.Combine(root, "docs", "benchmarks")).FullName;
            File.WriteAllText(Path.Combine(folder, benchmark.Name + ".md"), page.ToString());
        }
    }
}
finally
{
    Directory.Delete(scratch, recursive: true);
}
Console.Error.WriteLine(missed == 0 ? "all targets met" : $"{missed} targets missed");
return 0;

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

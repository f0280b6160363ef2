using System.Globalization;
using System.IO.Compression;
using DataPipeline.Core;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Bench.Web;

/// <summary>Everything that the source <c>warc</c> does with an archive, on one thread. Arguments: archive, runs before the first that counts.</summary>
internal sealed class ExtractionSide : Side
{
    private string _archive = "";

    public override void Prepare(string[] arguments)
    {
        _archive = arguments[0];
        // A few runs, so that the runtime has compiled the loops by what they met.
        for (int i = int.Parse(arguments[1], CultureInfo.InvariantCulture); i > 0; i--)
            Run();
    }

    public override Outcome Run()
    {
        var source = new WarcSource([_archive]);
        long pages = 0, characters = 0;
        foreach (RawRecord record in source.Files().SelectMany(file => source.Read(file)))
        {
            Document? document = source.Parse(record).Document;
            pages += document is null ? 0 : 1;
            characters += document?.Text.Length ?? 0;
        }
        return new Outcome(Figures: new Dictionary<string, double> { ["pages"] = pages, ["characters of text"] = characters });
    }
}

/// <summary>Finds and copies the records of an archive. Argument: archive.</summary>
internal sealed class RecordsSide : Side
{
    private string _archive = "";

    public override void Prepare(string[] arguments) => _archive = arguments[0];

    public override Outcome Run()
    {
        var source = new WarcSource([_archive]);
        return new Outcome(Figures: new Dictionary<string, double> { ["bytes"] = source.Files().SelectMany(file => source.Read(file)).Sum(record => (long)record.Content.Length) });
    }
}

/// <summary>Inflates a gzip file and throws the bytes away. Argument: file.</summary>
internal sealed class InflateSide : Side
{
    private string _file = "";

    public override void Prepare(string[] arguments) => _file = arguments[0];

    public override Outcome Run()
    {
        using var gzip = new GZipStream(File.OpenRead(_file), CompressionMode.Decompress);
        var buffer = new byte[1 << 16];
        long bytes = 0;
        for (int read; (read = gzip.Read(buffer)) > 0; bytes += read)
        {
        }
        return new Outcome(Figures: new Dictionary<string, double> { ["bytes"] = bytes });
    }
}

/// <summary>AngleSharp's DOM of every page. Argument: JSON lines.</summary>
internal sealed class AngleSharpSide : Side
{
    private string[] _pages = [];

    public override void Prepare(string[] arguments) => _pages = WebBenchmark.Texts(arguments[0]);

    public override Outcome Run()
    {
        var parser = new AngleSharp.Html.Parser.HtmlParser();
        long elements = 0;
        foreach (string page in _pages)
        {
            using AngleSharp.Html.Dom.IHtmlDocument document = parser.ParseDocument(page);
            elements += document.All.Length;
        }
        return new Outcome(Figures: new Dictionary<string, double> { ["elements"] = elements });
    }
}

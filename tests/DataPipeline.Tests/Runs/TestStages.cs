using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Runs;

namespace DataPipeline.Tests.Runs;

/// <summary>A line a document; a line <c>!reason</c> cannot be read.</summary>
[Stage("test_lines")]
public sealed class TestLines(IReadOnlyList<string> files) : Source
{
    public override IReadOnlyList<InputFile> Files() => [.. files.Select(file => File.Exists(file)
        ? new InputFile(file, new FileInfo(file).Length) : throw new ConfigurationException($"{file}: there is no such file"))];

    public override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        long number = 0, offset = 0;
        foreach (string line in File.ReadLines(file.Path))
        {
            var origin = new Origin(file.Path, number++, offset);
            offset += Encoding.UTF8.GetByteCount(line) + 1;
            yield return line.StartsWith('!') ? RawRecord.Unreadable(origin, line[1..], "as the line says") : new RawRecord(origin, Encoding.UTF8.GetBytes(line));
        }
    }

    public override Verdict Parse(RawRecord record) => record.Content.Length == 0
        ? Verdict.Drop("empty")
        : Verdict.Keep(new Document(record.Origin, Encoding.UTF8.GetString(record.Content.Span)).With("id", $"line {record.Origin.Record}"));
}

/// <summary>Drops long documents and notes the length of the others.</summary>
[Stage("test_length")]
public sealed class TestLength(int most = 100) : Filter
{
    public override Verdict Judge(Document document) => document.Text.Length > most
        ? Verdict.Drop("too_long", document.Text.Length, most)
        : Verdict.Keep(document.With("length", $"{document.Text.Length}"));
}

/// <summary>Stops the run before document number <c>at</c>, once.</summary>
[Stage("test_stop")]
public sealed class TestStop(int at) : Filter
{
    public static bool Armed { get; set; }

    public override Verdict Judge(Document document)
    {
        if (Armed && document.Origin.Record == at)
            throw new TimeoutException("stopped here by the test");
        return Verdict.Keep(document);
    }
}

internal sealed class SilentObserver : IRunObserver
{
    public List<string> Started { get; } = [];

    public void StepStarted(Step step, int tasks, int tasksDone, long total, long done) => Started.Add($"{step.Name} {tasksDone}/{tasks}");

    public void Advance(long amount, string? status = null)
    {
    }

    public void Say(string line)
    {
    }

    public void StepFinished(Step step, StepManifest manifest)
    {
    }
}

using System.Text.Json;
using DataPipeline.Dedup.Files;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.JsonLines;

/// <summary>The largest clusters of a run, whose texts are gathered while lines are written.</summary>
internal sealed class TopClusters(Run run)
{
    private readonly TopCluster[] _clusters = run.Output(ClustersStep.StepName).Manifest.Fact(TopCluster.Fact) is { } fact ? ManifestJson.Value<TopCluster[]>(fact) : [];

    /// <summary>The clusters with what was gathered.</summary>
    public IReadOnlyList<TopCluster> All => _clusters;

    /// <summary>Number of the first document of the run; those of earlier runs stand before it.</summary>
    public static long FirstOf(Run run) => run.Output(ClustersStep.StepName).Manifest.Fact(ClustersStep.FirstFact) is { ValueKind: JsonValueKind.Number } first ? first.GetInt64() : 0;

    /// <summary>True for the survivor of one of them.</summary>
    public bool Wants(long document) => Array.Exists(_clusters, cluster => cluster.Cluster == document);

    /// <summary>Gathers the start of a survivor's text.</summary>
    public void Take(long document, string text)
    {
        for (int i = 0; i < _clusters.Length; i++)
        {
            if (_clusters[i].Cluster == document)
                _clusters[i] = _clusters[i] with { Text = TopCluster.Start(text) };
        }
    }
}

/// <summary>A survivor and the documents it stands for.</summary>
internal sealed record SizedRow(int Row, int Size)
{
    /// <summary>Those of a shard, where sizes are written.</summary>
    public static IEnumerable<SizedRow> Of(Run run, int shard) =>
        run.Output(ClustersStep.StepName).Files(ClustersStep.SizeRole).ElementAtOrDefault(shard) is { } file
            ? SizeFile.Read(file.Path).Select(pair => new SizedRow(pair.Row, pair.Size)) : [];
}

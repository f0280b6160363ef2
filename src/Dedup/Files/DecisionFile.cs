namespace DataPipeline.Dedup.Files;

/// <summary>A document that was decided to be a duplicate.</summary>
/// <param name="Row">Its row in its shard.</param>
/// <param name="Kind">Number of the kind that found it.</param>
/// <param name="Cluster">Number of the cluster: the survivor's number in the corpus.</param>
/// <param name="Survivor">Id of the document that stays.</param>
/// <param name="Similarity">Estimated similarity to the survivor, 0 to 1.</param>
internal readonly record struct Decision(int Row, int Kind, long Cluster, string Survivor, double Similarity);

/// <summary>The removed rows of one shard in ascending order; row -1 ends the file.</summary>
internal static class DecisionFile
{
    public static void Write(BinaryWriter writer, Decision decision)
    {
        writer.Write(decision.Row);
        writer.Write(decision.Kind);
        writer.Write(decision.Cluster);
        writer.Write(decision.Survivor);
        writer.Write(decision.Similarity);
    }

    public static void End(BinaryWriter writer) => writer.Write(-1);

    public static IEnumerable<Decision> Read(string path)
    {
        using var reader = new BinaryReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
        for (int row; (row = reader.ReadInt32()) >= 0;)
            yield return new Decision(row, reader.ReadInt32(), reader.ReadInt64(), reader.ReadString(), reader.ReadDouble());
    }
}

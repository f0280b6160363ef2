using DataPipeline.Core;

namespace DataPipeline.Train.Tests;

public sealed class RankEnvironmentTests
{
    private static RankEnvironment? Read(params (string Name, string Value)[] variables) =>
        RankEnvironment.Read(name => variables.FirstOrDefault(variable => variable.Name == name).Value);

    [Fact]
    public void Read_Torchrun_TakesItsVariables()
    {
        Assert.Equal(new RankEnvironment(5, 8, 1, "node7", 29500, "datapipeline"),
            Read(("RANK", "5"), ("WORLD_SIZE", "8"), ("LOCAL_RANK", "1"), ("MASTER_ADDR", "node7"), ("MASTER_PORT", "29500"), ("SLURM_PROCID", "3"), ("SLURM_STEP_NUM_TASKS", "4")));
        RankEnvironment elastic = Read(("RANK", "0"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "0"), ("MASTER_ADDR", "a"), ("MASTER_PORT", "1"), ("TORCHELASTIC_USE_AGENT_STORE", "True"), ("TORCHELASTIC_RESTART_COUNT", "3"))!;
        Assert.True(elastic.LauncherHoldsStore);
        Assert.Equal("datapipeline3", elastic.Prefix);
    }

    [Fact]
    public void Read_Srun_FindsTheFirstHostAndAPort()
    {
        Assert.Equal(new RankEnvironment(3, 4, 1, "n10", 15042, "datapipeline"),
            Read(("SLURM_PROCID", "3"), ("SLURM_STEP_NUM_TASKS", "4"), ("SLURM_LOCALID", "1"), ("SLURM_STEP_NODELIST", "n[10-11]"), ("SLURM_JOB_ID", "120042"), ("SLURM_NTASKS", "4")));
    }

    [Fact]
    public void Read_OneProcess_IsNone()
    {
        Assert.Null(Read());
        Assert.Null(Read(("RANK", "0"), ("WORLD_SIZE", "1"), ("MASTER_ADDR", "a"), ("MASTER_PORT", "1")));
        // The script of sbatch: one process of a job of four tasks.
        Assert.Null(Read(("SLURM_PROCID", "0"), ("SLURM_NTASKS", "4"), ("SLURM_JOB_ID", "7")));
    }

    [Theory]
    [InlineData("2", "MASTER_ADDR is not set")]
    [InlineData("two", "WORLD_SIZE is 'two', which is no whole number")]
    public void Read_HalfAnEnvironment_NamesTheVariable(string size, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => Read(("RANK", "0"), ("WORLD_SIZE", size))).Message);

    [Theory]
    [InlineData("alone", "alone")]
    [InlineData("a,b", "a")]
    [InlineData("n[3-5,9],m1", "n3")]
    [InlineData("n[03,05]", "n03")]
    [InlineData("a1,n[3-5]", "a1")]
    [InlineData("gpu[7-8]-ib,x", "gpu7-ib")]
    public void FirstHost_ShortForms_IsTheFirst(string hosts, string expected) => Assert.Equal(expected, RankEnvironment.FirstHost(hosts));
}

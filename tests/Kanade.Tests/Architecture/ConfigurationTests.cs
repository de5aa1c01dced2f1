using Kanade.Cli;

namespace Kanade.Tests.Architecture;

public sealed class ConfigurationTests
{
    [Fact]
    public void Every_file_in_Configs_binds_and_reads_back_from_what_it_is_resolved_to()
    {
        var files = Repository.Files.Where(file => file.StartsWith("Configs/", StringComparison.Ordinal));
        var resolved = Path.GetTempFileName();
        try
        {
            Assert.All(files, file =>
            {
                Assert.EndsWith(".yml", file);
                var config = ConfigFile.Read(Path.Combine(Repository.Root, file), []);
                var yaml = ConfigWriter.ToYaml(config);
                File.WriteAllText(resolved, yaml);
                Assert.Equal(yaml, ConfigWriter.ToYaml(ConfigFile.Read(resolved, [])));
            });
        }
        finally
        {
            File.Delete(resolved);
        }
    }

    [Fact]
    public void Every_kind_is_a_record_that_can_be_described() =>
        Assert.All(ConfigKinds.All, kind =>
        {
            Assert.True(ConfigRecord.Is(kind.Value), $"{kind.Key} is no record");
            Assert.NotEmpty(ConfigRecord.Describe(kind.Value));
        });
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>What the processes of a run tell each other besides gradients.</summary>
static class SharedFigures
{
    static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>The sums over the processes of figures by name; a process that lacks one adds nothing to it.</summary>
    public static IReadOnlyDictionary<string, double> Sum(this IProcessGroup group, IReadOnlyDictionary<string, double> own) => group.World == 1 ? own
        : group.GatherJson(own).SelectMany(figures => figures).GroupBy(f => f.Key).ToDictionary(f => f.Key, f => f.Sum(one => one.Value));

    /// <summary>The means over the processes of figures that all have, in one order.</summary>
    public static IReadOnlyDictionary<string, float> Mean(this IProcessGroup group, IReadOnlyDictionary<string, float> own)
    {
        if (group.World == 1)
            return own;
        double[] sums = [.. own.Values];
        group.Sum(sums);
        return own.Keys.Zip(sums).ToDictionary(v => v.First, v => (float)(v.Second / group.World));
    }

    /// <summary>The least of the processes' numbers.</summary>
    public static long Least(this IProcessGroup group, long own) => group.World == 1 ? own
        : group.Gather(own.ToString(CultureInfo.InvariantCulture)).Min(text => long.Parse(text, CultureInfo.InvariantCulture));

    /// <summary>Refuses to begin where the processes have not the same before them.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="place">Where, for the message.</param>
    /// <param name="own">What this process has.</param>
    /// <exception cref="InvalidDataException">Another has something else.</exception>
    public static void RequireSame(this IProcessGroup group, string place, string own)
    {
        var all = group.Gather(own);
        for (var rank = 1; rank < all.Count; rank++)
        {
            if (all[rank] != all[0])
                throw new InvalidDataException($"{place}: rank {rank} has another dataset, configuration or checkpoint than rank 0 ({all[rank]}, not {all[0]}): give all processes the same folders and arguments");
        }
    }

    /// <summary>The figures that rank 0 makes.</summary>
    public static IReadOnlyDictionary<string, double> FromFirst(this IProcessGroup group, Func<IReadOnlyDictionary<string, double>> make) =>
        group.World == 1 ? make() : group.GatherJson(group.Rank == 0 ? make() : new Dictionary<string, double>())[0];

    /// <summary>What each process says, in the order of ranks.</summary>
    public static IReadOnlyList<string> Gather(this IProcessGroup group, string own) => [.. group.Gather(Encoding.UTF8.GetBytes(own)).Select(Encoding.UTF8.GetString)];

    /// <summary>Lets every process begin with rank 0's weights and moments: initial weights drawn on another machine may differ in the last bit.</summary>
    public static void Broadcast(this IProcessGroup group, NetworkSet networks, params IEnumerable<FusedAdamW> optimisers)
    {
        if (group.World == 1)
            return;
        using var noGradient = no_grad();
        foreach (var tensor in networks.Parts.OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value.Values).Concat(optimisers.SelectMany(o => o.State().Values)))
            group.Broadcast(tensor);
    }

    static IReadOnlyList<Dictionary<string, double>> GatherJson(this IProcessGroup group, IReadOnlyDictionary<string, double> own) =>
        [.. group.Gather(JsonSerializer.Serialize(own, Json)).Select(text => JsonSerializer.Deserialize<Dictionary<string, double>>(text, Json)!)];
}
